// Package jobqueue has one goroutine for each queue, and a condition that tells of every change.
// canary c4f5175c-e45f-4dd6-a06a-b6682cc6eeca
package jobqueue

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

type constError string

func (e constError) Error() string { return string(e) }

var (
	ErrPanic     error = constError("panicked")
	ErrTimeout   error = constError("timeout")
	ErrUnknownID error = constError("unknown id")
)

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

// New starts the goroutine of a queue.
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
		q.mu.Lock()
		q.outcomes = append(q.outcomes, done)
		q.changed.Broadcast()
	}
}

func try(job func() (any, error)) (done outcome) {
	defer func() {
		switch crash := recover().(type) {
		case nil:
		case error:
			done = outcome{err: errors.Join(ErrPanic, crash)}
		default:
			done = outcome{err: fmt.Errorf("%w with %v", ErrPanic, crash)}
		}
	}()
	value, err := job()
	if err != nil {
		err = fmt.Errorf("the job failed: %w", err)
	}
	return outcome{value, err}
}
