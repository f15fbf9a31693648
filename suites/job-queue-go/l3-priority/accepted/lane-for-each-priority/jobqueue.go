// Package jobqueue has a list of jobs for each priority, and one token for who executes.
// canary 7bc76920-7275-4aa7-81cc-3f63712a0159
package jobqueue

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

var (
	ErrPanic     = errors.New("panic")
	ErrTimeout   = errors.New("timeout")
	ErrUnknownID = errors.New("unknown id")
)

type task struct {
	work  func() (any, error)
	done  chan struct{}
	value any
	err   error
}

// Queue has a token in a channel: who has it executes.
type Queue struct {
	mu    sync.RWMutex
	tasks map[int]*task
	lanes map[int][]*task
	token chan struct{}
}

// New makes a queue.
func New() *Queue {
	return &Queue{tasks: map[int]*task{}, lanes: map[int][]*task{}, token: make(chan struct{}, 1)}
}

// AddJob adds with priority 0.
func (q *Queue) AddJob(job func() (any, error)) int { return q.AddJobWithPriority(0, job) }

// AddJobWithPriority puts the job into its lane; whichever goroutine gets the token takes the first of all.
func (q *Queue) AddJobWithPriority(priority int, job func() (any, error)) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	t := &task{work: job, done: make(chan struct{})}
	id := 10 * (len(q.tasks) + 1)
	q.tasks[id] = t
	q.lanes[priority] = append(q.lanes[priority], t)
	go q.one()
	return id
}

// Result waits for the task's channel.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	q.mu.RLock()
	t, known := q.tasks[id]
	q.mu.RUnlock()
	if !known {
		return nil, fmt.Errorf("job %d: %w", id, ErrUnknownID)
	}
	if timeout > 0 {
		select {
		case <-t.done:
		case <-time.After(timeout):
			return nil, ErrTimeout
		}
	}
	<-t.done
	return t.value, t.err
}

func (q *Queue) one() {
	q.token <- struct{}{}
	defer func() { <-q.token }()
	t := q.first()
	defer close(t.done)
	defer func() {
		if r := recover(); r != nil {
			t.err = fmt.Errorf("%w: %v", ErrPanic, r)
		}
	}()
	t.value, t.err = t.work()
}

func (q *Queue) first() *task {
	q.mu.Lock()
	defer q.mu.Unlock()
	highest := slices.Max(slices.Collect(maps.Keys(q.lanes)))
	t := q.lanes[highest][0]
	if q.lanes[highest] = q.lanes[highest][1:]; len(q.lanes[highest]) == 0 {
		delete(q.lanes, highest)
	}
	return t
}
