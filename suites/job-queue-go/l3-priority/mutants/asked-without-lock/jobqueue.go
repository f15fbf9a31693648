// Package jobqueue looks for a job without the lock.
// canary 7bc76920-7275-4aa7-81cc-3f63712a0159
package jobqueue

import (
	"container/heap"
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

// Queue executes the job with the highest priority first, of several the one that was added first.
type Queue struct {
	lock    sync.Mutex
	jobs    []*job
	waiting line
	working bool
}

type job struct {
	id       int
	priority int
	work     func() (any, error)
	finished chan struct{}
	value    any
	err      error
}

// line is a heap of jobs.
type line []*job

func (l line) Len() int      { return len(l) }
func (l line) Swap(i, j int) { l[i], l[j] = l[j], l[i] }
func (l *line) Push(one any) { *l = append(*l, one.(*job)) }

func (l line) Less(i, j int) bool {
	if l[i].priority != l[j].priority {
		return l[i].priority > l[j].priority
	}
	return l[i].id < l[j].id
}

func (l *line) Pop() any {
	last := (*l)[len(*l)-1]
	*l = (*l)[:len(*l)-1]
	return last
}

// New makes a queue without jobs.
func New() *Queue {
	return &Queue{}
}

// AddJob puts a job of priority 0 into the queue and returns its id.
func (q *Queue) AddJob(work func() (any, error)) int {
	return q.AddJobWithPriority(0, work)
}

// AddJobWithPriority puts a job into the queue and returns its id.
func (q *Queue) AddJobWithPriority(priority int, work func() (any, error)) int {
	q.lock.Lock()
	defer q.lock.Unlock()
	added := &job{id: len(q.jobs) + 1, priority: priority, work: work, finished: make(chan struct{})}
	q.jobs = append(q.jobs, added)
	heap.Push(&q.waiting, added)
	if !q.working {
		q.working = true
		go q.execute()
	}
	return added.id
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
	if id < 1 || id > len(q.jobs) {
		return nil, fmt.Errorf("%w: %d", ErrUnknownID, id)
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
	return heap.Pop(&q.waiting).(*job)
}

func called(work func() (any, error)) (value any, err error) {
	defer func() {
		if panicked := recover(); panicked != nil {
			err = fmt.Errorf("%w: %v", ErrPanic, panicked)
		}
	}()
	return work()
}
