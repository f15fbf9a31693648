// Package jobqueue has nil for an id that nobody has.
// canary c4f5175c-e45f-4dd6-a06a-b6682cc6eeca
package jobqueue

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	ErrPanic     = errors.New("the job panicked")
	ErrTimeout   = errors.New("the job has not finished in time")
	ErrUnknownID = errors.New("no job has this id")
)

// Queue executes jobs in the order in which they were added.
type Queue struct {
	lock    sync.Mutex
	jobs    []*job
	waiting []*job
	working bool
}

type job struct {
	work     func() (any, error)
	finished chan struct{}
	value    any
	err      error
}

// New makes a queue without jobs.
func New() *Queue {
	return &Queue{}
}

// AddJob puts a job into the queue and returns its id.
func (q *Queue) AddJob(work func() (any, error)) int {
	q.lock.Lock()
	defer q.lock.Unlock()
	added := &job{work: work, finished: make(chan struct{})}
	q.jobs = append(q.jobs, added)
	q.waiting = append(q.waiting, added)
	if !q.working {
		q.working = true
		go q.execute()
	}
	return len(q.jobs)
}

// Result waits until a job has finished and returns what it returned; 0 is no limit.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	asked, err := q.job(id)
	if err != nil {
		return nil, err
	}
	var late <-chan time.Time
	if timeout > 0 {
		timer := time.NewTimer(timeout)
		defer timer.Stop()
		late = timer.C
	}
	select {
	case <-asked.finished:
		return asked.value, asked.err
	case <-late:
		return nil, ErrTimeout
	}
}

func (q *Queue) job(id int) (*job, error) {
	q.lock.Lock()
	defer q.lock.Unlock()
	if id < 1 || id > len(q.jobs) {
		none := make(chan struct{})
		close(none)
		return &job{finished: none}, nil
	}
	return q.jobs[id-1], nil
}

// execute works until nothing waits any more.
func (q *Queue) execute() {
	for next := q.next(); next != nil; next = q.next() {
		next.value, next.err = called(next.work)
		close(next.finished)
	}
}

func (q *Queue) next() *job {
	q.lock.Lock()
	defer q.lock.Unlock()
	if len(q.waiting) == 0 {
		q.working = false
		return nil
	}
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	return next
}

func called(work func() (any, error)) (value any, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%w: %v", ErrPanic, panicked)
		}
	}()
	return work()
}
