# canary 7c386303-0dd7-4deb-8dd7-00ea0de39655
"""Order statistics by lists of smaller and larger items, around a pivot drawn by chance."""

import random


def kth_smallest(items, k):
    if k < 1 or k > len(items):
        raise ValueError("k is out of range")
    pool = list(items)
    while True:
        pivot = random.choice(pool)
        smaller, larger, equal = [], [], 0
        for item in pool:
            if item < pivot:
                smaller.append(item)
            elif item > pivot:
                larger.append(item)
            else:
                equal += 1
        if k <= len(smaller):
            pool = smaller
        elif k <= len(smaller) + equal:
            return pivot
        else:
            k -= len(smaller) + equal
            pool = larger


def kth_largest(items, k):
    return kth_smallest(items, len(items) + 1 - k)
