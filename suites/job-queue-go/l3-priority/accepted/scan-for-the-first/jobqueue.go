// Package jobqueue looks through all waiting jobs for the most urgent one; a condition tells of every change.
// canary 7bc76920-7275-4aa7-81cc-3f63712a0159
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

type entry struct {
	work     func() (any, error)
	priority int
	begun    bool
	done     bool
	value    any
	err      error
}

// Queue is used under its lock.
type Queue struct {
	mu      sync.Mutex
	changed *sync.Cond
	entries []*entry
}

// New starts the goroutine of a queue.
func New() *Queue {
	q := &Queue{}
	q.changed = sync.NewCond(&q.mu)
	go q.loop()
	return q
}

// AddJob adds with priority 0.
func (q *Queue) AddJob(job func() (any, error)) int { return q.AddJobWithPriority(0, job) }

// AddJobWithPriority appends.
func (q *Queue) AddJobWithPriority(priority int, job func() (any, error)) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries = append(q.entries, &entry{work: job, priority: priority})
	q.changed.Broadcast()
	return len(q.entries) - 1
}

// Result waits for the condition, which a timer tells too.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if id < 0 || id >= len(q.entries) {
		return nil, ErrUnknownID
	}
	e := q.entries[id]
	deadline := time.Now().Add(timeout)
	if timeout > 0 {
		timer := time.AfterFunc(timeout, q.changed.Broadcast)
		defer timer.Stop()
	}
	for !e.done {
		if timeout > 0 && !time.Now().Before(deadline) {
			return nil, ErrTimeout
		}
		q.changed.Wait()
	}
	return e.value, e.err
}

func (q *Queue) loop() {
	q.mu.Lock()
	for {
		var best *entry
		for _, e := range q.entries {
			if !e.begun && (best == nil || e.priority > best.priority) {
				best = e
			}
		}
		if best == nil {
			q.changed.Wait()
			continue
		}
		best.begun = true
		q.mu.Unlock()
		value, err := try(best.work)
		q.mu.Lock()
		best.value, best.err, best.done = value, err, true
		q.changed.Broadcast()
	}
}

func try(job func() (any, error)) (value any, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = fmt.Errorf("%w with %v", ErrPanic, crash)
		}
	}()
	return job()
}
