// Package jobqueue does not try a job again whose context was canceled.
// canary d2d5dcce-93c2-4a1d-8a62-9c8e9f6c94c4
package jobqueue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	ErrPanic     = errors.New("the job panicked")
	ErrTimeout   = errors.New("the job has come to no end in time")
	ErrUnknownID = errors.New("no job has this id")
)

// waits are the times before each retry.
var waits = []time.Duration{1 * time.Second, 2 * time.Second, 4 * time.Second}

// Queue executes jobs one after the other; those behind one that waits for its retry go first.
type Queue struct {
	lock    sync.Mutex
	jobs    []*job
	ready   []*job
	working bool
}

type job struct {
	work    func() (any, error)
	retries int
	ended   chan struct{}
	value   any
	err     error
}

// New makes a queue without jobs.
func New() *Queue {
	return &Queue{}
}

// AddJob puts a job into the queue and returns its id.
func (q *Queue) AddJob(work func() (any, error)) int {
	q.lock.Lock()
	defer q.lock.Unlock()
	added := &job{work: work, ended: make(chan struct{})}
	q.jobs = append(q.jobs, added)
	q.putLocked(added)
	return len(q.jobs)
}

// Result waits until a job has succeeded or failed for good; 0 is no limit.
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
	case <-asked.ended:
		return asked.value, asked.err
	case <-late:
		return nil, ErrTimeout
	}
}

func (q *Queue) job(id int) (*job, error) {
	q.lock.Lock()
	defer q.lock.Unlock()
	if id < 1 || id > len(q.jobs) {
		return nil, fmt.Errorf("%w: %d", ErrUnknownID, id)
	}
	return q.jobs[id-1], nil
}

func (q *Queue) put(job *job) {
	q.lock.Lock()
	defer q.lock.Unlock()
	q.putLocked(job)
}

func (q *Queue) putLocked(job *job) {
	q.ready = append(q.ready, job)
	if !q.working {
		q.working = true
		go q.execute()
	}
}

// execute works until no job is ready any more.
func (q *Queue) execute() {
	for next := q.next(); next != nil; next = q.next() {
		value, err := called(next.work)
		if err != nil && !errors.Is(err, context.Canceled) && next.retries < len(waits) {
			wait := waits[next.retries]
			next.retries++
			time.AfterFunc(wait, func() { q.put(next) })
			continue
		}
		next.value, next.err = value, err
		close(next.ended)
	}
}

func (q *Queue) next() *job {
	q.lock.Lock()
	defer q.lock.Unlock()
	if len(q.ready) == 0 {
		q.working = false
		return nil
	}
	next := q.ready[0]
	q.ready = q.ready[1:]
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
