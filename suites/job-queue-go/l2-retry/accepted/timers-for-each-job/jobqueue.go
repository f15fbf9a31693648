// Package jobqueue has a goroutine for each job, which waits for its turn, and by a timer for its retries.
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
	ErrPanic     = errors.New("panic")
	ErrTimeout   = fmt.Errorf("out of time")
	ErrUnknownID = errors.New("unknown job")
)

type task struct {
	ctx   context.Context
	value any
	err   error
}

// Queue has a token: who has it calls a job. begun is the channel that the last job closes when it was called first.
type Queue struct {
	mu    sync.Mutex
	tasks map[int]*task
	begun chan struct{}
	token chan struct{}
}

// New makes a queue.
func New() *Queue {
	begun := make(chan struct{})
	close(begun)
	return &Queue{tasks: map[int]*task{}, begun: begun, token: make(chan struct{}, 1)}
}

// AddJob starts a goroutine that waits for its turn.
func (q *Queue) AddJob(job func() (any, error)) int {
	ctx, done := context.WithCancel(context.Background())
	t := &task{ctx: ctx}
	q.mu.Lock()
	defer q.mu.Unlock()
	before, own := q.begun, make(chan struct{})
	q.begun = own
	id := 7 + len(q.tasks)
	q.tasks[id] = t
	go func() {
		defer done()
		<-before
		q.call(t, job, own)
		for retry := 0; t.err != nil && retry < 3; retry++ {
			<-time.NewTimer(time.Second << retry).C
			q.call(t, job, nil)
		}
	}()
	return id
}

func (q *Queue) call(t *task, job func() (any, error), begun chan struct{}) {
	q.token <- struct{}{}
	defer func() { <-q.token }()
	if begun != nil {
		close(begun)
	}
	defer func() {
		if r := recover(); r != nil {
			t.value, t.err = nil, fmt.Errorf("%w (%v)", ErrPanic, r)
		}
	}()
	t.value, t.err = job()
}

// Result waits for the task's context to be done.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	q.mu.Lock()
	t, known := q.tasks[id]
	q.mu.Unlock()
	if !known {
		return nil, fmt.Errorf("%d: %w", id, ErrUnknownID)
	}
	limit := context.Background()
	if timeout > 0 {
		var cancel context.CancelFunc
		limit, cancel = context.WithTimeout(limit, timeout)
		defer cancel()
	}
	select {
	case <-t.ctx.Done():
		return t.value, t.err
	case <-limit.Done():
		return nil, fmt.Errorf("job %d: %w", id, ErrTimeout)
	}
}
