// Package jobqueue has no lock: an owner has a heap of jobs by the time at which they are due.
// canary d2d5dcce-93c2-4a1d-8a62-9c8e9f6c94c4
package jobqueue

import (
	"container/heap"
	"errors"
	"fmt"
	"time"
)

var (
	ErrPanic     = errors.New("panic")
	ErrTimeout   = errors.New("timeout")
	ErrUnknownID = errors.New("unknown id")
)

type job struct {
	number int
	work   func() (any, error)
	due    time.Time
	calls  int
	id     chan int
	called chan struct{}
	over   chan struct{}
	value  any
	err    error
}

type agenda []*job

func (a agenda) Len() int      { return len(a) }
func (a agenda) Swap(i, j int) { a[i], a[j] = a[j], a[i] }
func (a *agenda) Push(one any) { *a = append(*a, one.(*job)) }
func (a *agenda) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

func (a agenda) Less(i, j int) bool {
	if !a[i].due.Equal(a[j].due) {
		return a[i].due.Before(a[j].due)
	}
	return a[i].number < a[j].number
}

type question struct {
	id  int
	job chan *job
}

// Queue is two channels to its owner.
type Queue struct {
	additions chan *job
	questions chan question
}

// New starts the owner.
func New() *Queue {
	q := &Queue{make(chan *job), make(chan question)}
	go q.own()
	return q
}

// AddJob hands the job to the owner.
func (q *Queue) AddJob(work func() (any, error)) int {
	j := &job{work: work, due: time.Now(), id: make(chan int, 1), called: make(chan struct{}), over: make(chan struct{})}
	q.additions <- j
	return <-j.id
}

// Result asks the owner for the job, and waits for its end.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	asked := question{id, make(chan *job, 1)}
	q.questions <- asked
	j := <-asked.job
	if j == nil {
		return nil, ErrUnknownID
	}
	var late <-chan time.Time
	if timeout > 0 {
		late = time.After(timeout)
	}
	select {
	case <-j.over:
		return j.value, j.err
	case <-late:
		return nil, ErrTimeout
	}
}

func (q *Queue) own() {
	var all []*job
	var plan agenda
	var running *job
	for {
		var called <-chan struct{}
		var due <-chan time.Time
		if running != nil {
			called = running.called
		} else if len(plan) > 0 {
			due = time.After(time.Until(plan[0].due))
		}
		select {
		case j := <-q.additions:
			all = append(all, j)
			j.number = len(all)
			heap.Push(&plan, j)
			j.id <- j.number
		case asked := <-q.questions:
			if asked.id < 1 || asked.id > len(all) {
				asked.job <- nil
			} else {
				asked.job <- all[asked.id-1]
			}
		case <-due:
			running = heap.Pop(&plan).(*job)
			go running.call()
		case <-called:
			if running.calls++; running.err != nil && running.calls <= 3 {
				running.due = time.Now().Add(time.Second << (running.calls - 1))
				heap.Push(&plan, running)
			} else {
				close(running.over)
			}
			running = nil
		}
	}
}

func (j *job) call() {
	defer func() {
		if crash := recover(); crash != nil {
			j.err = fmt.Errorf("%w: %v", ErrPanic, crash)
		}
		j.called <- struct{}{}
	}()
	j.value, j.err = j.work()
}
