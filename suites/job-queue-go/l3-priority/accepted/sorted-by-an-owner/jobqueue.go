// Package jobqueue has no lock: an owner keeps the waiting jobs sorted, and is asked by channels.
// canary 7bc76920-7275-4aa7-81cc-3f63712a0159
package jobqueue

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

var (
	ErrPanic     = errors.New("panic")
	ErrTimeout   = errors.New("timeout")
	ErrUnknownID = errors.New("unknown id")
)

type job struct {
	priority int
	work     func() (any, error)
	id       chan int
	done     chan struct{}
	value    any
	err      error
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

// AddJob adds with priority 0.
func (q *Queue) AddJob(work func() (any, error)) int { return q.AddJobWithPriority(0, work) }

// AddJobWithPriority hands the job to the owner.
func (q *Queue) AddJobWithPriority(priority int, work func() (any, error)) int {
	j := &job{priority: priority, work: work, id: make(chan int, 1), done: make(chan struct{})}
	q.additions <- j
	return <-j.id
}

// Result asks the owner for the job, and waits for it.
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
	case <-j.done:
		return j.value, j.err
	case <-late:
		return nil, ErrTimeout
	}
}

func (q *Queue) own() {
	var all, waiting []*job
	var running chan struct{}
	for {
		if running == nil && len(waiting) > 0 {
			next := waiting[0]
			waiting = slices.Delete(waiting, 0, 1)
			running = next.done
			go next.execute()
		}
		select {
		case j := <-q.additions:
			all = append(all, j)
			// behind all that are as urgent
			place, _ := slices.BinarySearchFunc(waiting, j.priority, func(other *job, priority int) int {
				if other.priority == priority {
					return -1
				}
				return cmp.Compare(priority, other.priority)
			})
			waiting = slices.Insert(waiting, place, j)
			j.id <- len(all)
		case asked := <-q.questions:
			if asked.id < 1 || asked.id > len(all) {
				asked.job <- nil
			} else {
				asked.job <- all[asked.id-1]
			}
		case <-running:
			running = nil
		}
	}
}

func (j *job) execute() {
	defer close(j.done)
	defer func() {
		if crash := recover(); crash != nil {
			j.err = fmt.Errorf("%w: %v", ErrPanic, crash)
		}
	}()
	j.value, j.err = j.work()
}
