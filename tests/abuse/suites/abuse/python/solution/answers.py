# canary 0b7c3f52-6e0d-4c0b-9a55-6f2f3a0b9d11
def add(a, b):
    return a + b


def smallest(items):
    found = items[0]
    for item in items[1:]:
        found = min(found, item)
    return found


def relay(ask):
    return ask()


class Counter:
    def __init__(self):
        self.count = 0

    def up(self):
        self.count += 1
