// Package jobqueue has no lock: one goroutine owns everything, and is asked by channels.
// canary c4f5175c-e45f-4dd6-a06a-b6682cc6eeca
package jobqueue

import (
	"errors"
	"fmt"
	"time"
)

var (
	ErrPanic     = errors.New("jobqueue: panic")
	ErrTimeout   = errors.New("jobqueue: timeout")
	ErrUnknownID = errors.New("jobqueue: unknown id")
)

type outcome struct {
	value any
	err   error
}

type addition struct {
	job func() (any, error)
	id  chan int
}

type question struct {
	id     int
	answer chan outcome
}

type completion struct {
	id int
	outcome
}

// Queue is three channels to its owner.
type Queue struct {
	additions   chan addition
	questions   chan question
	completions chan completion
}

// New starts the owner.
func New() *Queue {
	q := &Queue{make(chan addition), make(chan question), make(chan completion)}
	go q.own()
	return q
}

// AddJob asks the owner for an id.
func (q *Queue) AddJob(job func() (any, error)) int {
	id := make(chan int, 1)
	q.additions <- addition{job, id}
	return <-id
}

// Result asks the owner, who answers when the job has finished.
func (q *Queue) Result(id int, timeout time.Duration) (any, error) {
	answer := make(chan outcome, 1)
	q.questions <- question{id, answer}
	var late <-chan time.Time
	if timeout > 0 {
		late = time.After(timeout)
	}
	select {
	case got := <-answer:
		return got.value, got.err
	case <-late:
		return nil, ErrTimeout
	}
}

func (q *Queue) own() {
	last, busy := 1000, false
	jobs := map[int]func() (any, error){}
	var order []int
	known := map[int]*outcome{}
	asking := map[int][]chan outcome{}
	for {
		if !busy && len(order) > 0 {
			id := order[0]
			order = order[1:]
			busy = true
			go q.execute(id, jobs[id])
			delete(jobs, id)
		}
		select {
		case new := <-q.additions:
			last++
			jobs[last] = new.job
			order = append(order, last)
			known[last] = nil
			new.id <- last
		case asked := <-q.questions:
			switch done, there := known[asked.id]; {
			case !there:
				asked.answer <- outcome{nil, ErrUnknownID}
			case done != nil:
				asked.answer <- *done
			default:
				asking[asked.id] = append(asking[asked.id], asked.answer)
			}
		case done := <-q.completions:
			busy = false
			known[done.id] = &done.outcome
			for _, answer := range asking[done.id] {
				answer <- done.outcome
			}
			delete(asking, done.id)
		}
	}
}

func (q *Queue) execute(id int, job func() (any, error)) {
	var done outcome
	defer func() {
		if crash := recover(); crash != nil {
			done = outcome{nil, fmt.Errorf("%w: %v", ErrPanic, crash)}
		}
		q.completions <- completion{id, done}
	}()
	done.value, done.err = job()
}
