// Package jobqueue has a goroutine for each job, which waits for the job before it.
// canary c4f5175c-e45f-4dd6-a06a-b6682cc6eeca
package jobqueue

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

var (
	ErrPanic     = errors.New("panic")
	ErrTimeout   = fmt.Errorf("out of time")
	ErrUnknownID = errors.New("unknown job")
)

type task struct {
	ctx   context.Context
	done  context.CancelCauseFunc
	value any
	err   error
}

// Queue knows the last job, and all of them by id.
type Queue struct {
	adding sync.Mutex
	last   *task
	next   atomic.Int64
	tasks  sync.Map
}

// New makes a queue.
func New() *Queue { return new(Queue) }

// AddJob starts a goroutine that waits for its turn.
func (q *Queue) AddJob(job func() (any, error)) int {
	t := &task{}
	t.ctx, t.done = context.WithCancelCause(context.Background())
	q.adding.Lock()
	before := q.last
	q.last = t
	q.adding.Unlock()
	id := int(-q.next.Add(1))
	q.tasks.Store(id, t)
	go func() {
		if before != nil {
			<-before.ctx.Done()
		}
		defer t.done(nil)
		defer func() {
			if r := recover(); r != nil {
				t.err = fmt.Errorf("%w (%v)", ErrPanic, r)
			}
		}()
		t.value, t.err = job()
	}()
	return id
}

// Result waits for the job's context to be done.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	found, ok := q.tasks.Load(id)
	if !ok {
		return nil, fmt.Errorf("%d: %w", id, ErrUnknownID)
	}
	t := found.(*task)
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
