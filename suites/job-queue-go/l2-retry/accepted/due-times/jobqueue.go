// Package jobqueue keeps when each job is due, and looks every few milliseconds which is first.
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

const tick = 5 * time.Millisecond

type entry struct {
	job   func() (any, error)
	due   time.Time
	calls int
	over  bool
	value any
	err   error
}

// Queue is a list that is looked through.
type Queue struct {
	mu      sync.Mutex
	entries []*entry
}

// New starts what looks through the list.
func New() *Queue {
	q := &Queue{}
	go func() {
		for {
			for q.step() {
			}
			time.Sleep(tick)
		}
	}()
	return q
}

// AddJob appends a job that is due at once.
func (q *Queue) AddJob(job func() (any, error)) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.entries = append(q.entries, &entry{job: job, due: time.Now()})
	return len(q.entries)
}

// Result looks again and again.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	began := time.Now()
	for {
		q.mu.Lock()
		if id < 1 || id > len(q.entries) {
			q.mu.Unlock()
			return nil, ErrUnknownID
		}
		e := *q.entries[id-1]
		q.mu.Unlock()
		if e.over {
			return e.value, e.err
		}
		if timeout > 0 && time.Since(began) >= timeout {
			return nil, ErrTimeout
		}
		time.Sleep(tick)
	}
}

// step calls the job that has been due for longest, if there is one.
func (q *Queue) step() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	var first *entry
	for _, e := range q.entries {
		if !e.over && !e.due.After(time.Now()) && (first == nil || e.due.Before(first.due)) {
			first = e
		}
	}
	if first == nil {
		return false
	}
	q.mu.Unlock()
	value, err := try(first.job)
	q.mu.Lock()
	first.calls++
	switch {
	case err == nil, first.calls == 4:
		first.value, first.err, first.over = value, err, true
	default:
		first.due = time.Now().Add(time.Duration(1<<(first.calls-1)) * time.Second)
	}
	return true
}

func try(job func() (any, error)) (value any, err error) {
	defer func() {
		if crash := recover(); crash != nil {
			err = errors.Join(ErrPanic, fmt.Errorf("%v", crash))
		}
	}()
	return job()
}
