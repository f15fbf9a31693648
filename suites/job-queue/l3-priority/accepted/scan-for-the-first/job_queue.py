# canary 5e7b9f36-90a4-4d1b-a7c5-1f8d24e6b0c9
import threading


class JobQueue:
    """A list that is searched, and a worker that lives only while there is something to do."""

    def __init__(self):
        self._condition = threading.Condition()
        self._jobs = []
        self._waiting = []
        self._working = False

    def add_job(self, func, *args, **kwargs):
        priority = kwargs.pop("priority", 0)
        job = {"func": func, "args": args, "kwargs": kwargs, "priority": priority}
        with self._condition:
            self._jobs.append(job)
            self._waiting.append(job)
            job_id = str(len(self._jobs))
            if not self._working:
                self._working = True
                threading.Thread(target=self._work, daemon=True).start()
        return job_id

    def get_result(self, job_id, timeout=None):
        with self._condition:
            if not job_id.isdigit() or not 1 <= int(job_id) <= len(self._jobs):
                raise KeyError(job_id)
            job = self._jobs[int(job_id) - 1]
            if not self._condition.wait_for(lambda: "value" in job or "error" in job, timeout):
                raise TimeoutError("the job is not finished")
        if "error" in job:
            raise job["error"]
        return job["value"]

    def _work(self):
        while True:
            with self._condition:
                if not self._waiting:
                    self._working = False
                    return
                job = max(self._waiting, key=lambda each: each["priority"])  # the first of several
                self._waiting.remove(job)
            try:
                key, outcome = "value", job["func"](*job["args"], **job["kwargs"])
            except Exception as error:
                key, outcome = "error", error
            with self._condition:
                job[key] = outcome
                self._condition.notify_all()
