// Package jobqueue has one worker for each queue, which sleeps before a retry; the jobs behind it wait too.
// canary d2d5dcce-93c2-4a1d-8a62-9c8e9f6c94c4
package jobqueue

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

var (
	ErrPanic     = errors.New("panic")
	ErrTimeout   = errors.New("timeout")
	ErrUnknownID = errors.New("unknown id")
)

const retries = 3

type outcome struct {
	value any
	err   error
}

// Queue is used under its lock.
type Queue struct {
	mu       sync.Mutex
	changed  *sync.Cond
	work     []func() (any, error)
	outcomes []outcome
}

// New starts the worker of a queue.
func New() *Queue {
	q := &Queue{}
	q.changed = sync.NewCond(&q.mu)
	go q.loop()
	return q
}

// AddJob appends.
func (q *Queue) AddJob(job func() (any, error)) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.work = append(q.work, job)
	q.changed.Broadcast()
	return len(q.work) - 1
}

// Result waits for the condition, which a timer tells too.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if id < 0 || id >= len(q.work) {
		return nil, ErrUnknownID
	}
	late := false
	if timeout > 0 {
		timer := time.AfterFunc(timeout, func() {
			q.mu.Lock()
			defer q.mu.Unlock()
			late = true
			q.changed.Broadcast()
		})
		defer timer.Stop()
	}
	for len(q.outcomes) <= id {
		if late {
			return nil, fmt.Errorf("job %d: %w", id, ErrTimeout)
		}
		q.changed.Wait()
	}
	return q.outcomes[id].value, q.outcomes[id].err
}

func (q *Queue) loop() {
	q.mu.Lock()
	for {
		for len(q.outcomes) == len(q.work) {
			q.changed.Wait()
		}
		job := q.work[len(q.outcomes)]
		q.mu.Unlock()
		done := try(job)
		for pause, left := time.Second, retries; done.err != nil && left > 0; pause, left = 2*pause, left-1 {
			time.Sleep(pause)
			done = try(job)
		}
		q.mu.Lock()
		q.outcomes = append(q.outcomes, done)
		q.changed.Broadcast()
	}
}

func try(job func() (any, error)) (done outcome) {
	defer func() {
		if crash := recover(); crash != nil {
			done = outcome{err: fmt.Errorf("%w with %v", ErrPanic, crash)}
		}
	}()
	value, err := job()
	if err != nil {
		err = fmt.Errorf("the job failed: %w", err)
	}
	return outcome{value, err}
}
