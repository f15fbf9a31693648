// Package jobqueue sorts the waiting jobs each time that one is taken; a channel tells that there are some.
// canary 7bc76920-7275-4aa7-81cc-3f63712a0159
package jobqueue

import (
	"context"
	"errors"
	"fmt"
	"sort"
	"sync"
	"time"
)

var (
	ErrPanic     = errors.New("panic")
	ErrTimeout   = errors.New("timeout")
	ErrUnknownID = errors.New("unknown id")
)

type promise struct {
	context.Context
	keep  context.CancelFunc
	value any
	err   error
}

type waiting struct {
	work     func() (any, error)
	priority int
	promise  *promise
}

// Queue has a signal with one place: there is something to do.
type Queue struct {
	mu       sync.Mutex
	line     []waiting
	promises []*promise
	signal   chan struct{}
}

// New starts the goroutine of a queue.
func New() *Queue {
	q := &Queue{signal: make(chan struct{}, 1)}
	go func() {
		for range q.signal {
			q.drain()
		}
	}()
	return q
}

// AddJob adds with priority 0.
func (q *Queue) AddJob(job func() (any, error)) int { return q.AddJobWithPriority(0, job) }

// AddJobWithPriority appends, and gives the signal.
func (q *Queue) AddJobWithPriority(priority int, job func() (any, error)) int {
	ctx, cancel := context.WithCancel(context.Background())
	p := &promise{Context: ctx, keep: cancel}
	q.mu.Lock()
	q.line = append(q.line, waiting{job, priority, p})
	q.promises = append(q.promises, p)
	id := len(q.promises)
	q.mu.Unlock()
	select {
	case q.signal <- struct{}{}:
	default:
	}
	return id
}

// Result waits for the promise.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	q.mu.Lock()
	if id <= 0 || id > len(q.promises) {
		q.mu.Unlock()
		return nil, ErrUnknownID
	}
	p := q.promises[id-1]
	q.mu.Unlock()
	limit := context.Background()
	if timeout > 0 {
		var cancel context.CancelFunc
		limit, cancel = context.WithTimeoutCause(limit, timeout, ErrTimeout)
		defer cancel()
	}
	select {
	case <-p.Done():
		return p.value, p.err
	case <-limit.Done():
		return nil, context.Cause(limit)
	}
}

func (q *Queue) drain() {
	for {
		q.mu.Lock()
		if len(q.line) == 0 {
			q.mu.Unlock()
			return
		}
		sort.SliceStable(q.line, func(i, j int) bool { return q.line[i].priority > q.line[j].priority })
		first := q.line[0]
		q.line = q.line[1:]
		q.mu.Unlock()
		first.promise.value, first.promise.err = safely(first.work)
		first.promise.keep()
	}
}

func safely(job func() (any, error)) (value any, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = errors.Join(ErrPanic, fmt.Errorf("%v", crash))
		}
	}()
	return job()
}
