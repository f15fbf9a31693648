# canary 33a6430c-dd46-4f3b-a160-ef239d0f2925
import time


class Retry:
    def __init__(self, retries=3, first_pause=1.0, sleep=time.sleep):
        if retries < 0:
            raise ValueError(retries)
        self.pauses = [first_pause * 2**n for n in range(retries)]
        self.sleep = sleep

    def run(self, func, *args, **kwargs):
        failure = None
        for pause in [None, *self.pauses]:
            if pause is not None:
                self.sleep(pause)
            try:
                return func(*args, **kwargs)
            except Exception as error:
                failure = error
        raise failure
