// What can be asked of an answer. There is no expected value here: verdicts are made outside.
// canary d2d5dcce-93c2-4a1d-8a62-9c8e9f6c94c4
package main

import (
	jobqueue "answer"
	"codestone/worker"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

func main() {
	worker.Serve(worker.Exports{
		"ErrPanic":     jobqueue.ErrPanic,
		"ErrTimeout":   jobqueue.ErrTimeout,
		"ErrUnknownID": jobqueue.ErrUnknownID,
		"course":       course,
		"outcome":      outcome,
	})
}

// ask tells of a call that ends now: the job's number, when it began and ends, and how many calls of its queue are
// under way. What comes back is what the call gives. An error called Panic is a panic; some are errors of the library.
type ask func(job int, beganUs int, endsUs int, underWay int) (any, error)

var library = map[string]error{
	"Canceled":         context.Canceled,
	"DeadlineExceeded": context.DeadlineExceeded,
	"EOF":              io.EOF,
}

// Job is a job of a course: the queue that it is added to, and how long each of its calls takes.
type Job struct {
	Queue  int
	TookMs int
}

// Question asks for the result of a job of a course with a limit; the id is another one by so much.
type Question struct {
	Job     int
	LimitMs int
	Beside  int
}

// Over is a course that is over: when each question was answered, and what with.
type Over struct {
	AtUs    []int
	results *results
}

type results struct {
	values []any
	errors []error
}

// course adds jobs at one instant of virtual time and asks all questions, each on a goroutine of its own. It ends when
// all of them are answered; instants are microseconds since its beginning.
func course(jobs []Job, questions []Question, tell ask) (*Over, error) {
	return worker.Bubble(func() (*Over, error) {
		began := time.Now()
		now := func() int { return int(time.Since(began).Microseconds()) }
		queues, underWay := map[int]*jobqueue.Queue{}, map[int]*atomic.Int32{}
		ids := make([]int, len(jobs))
		for number, job := range jobs {
			if queues[job.Queue] == nil {
				queues[job.Queue], underWay[job.Queue] = jobqueue.New(), &atomic.Int32{}
			}
			count := underWay[job.Queue]
			ids[number] = queues[job.Queue].AddJob(func() (any, error) {
				at, beside := now(), int(count.Add(1))
				defer count.Add(-1)
				time.Sleep(time.Duration(job.TookMs) * time.Millisecond)
				value, err := tell(number, at, now(), beside)
				var thrown *worker.Thrown
				if !errors.As(err, &thrown) {
					return value, err
				}
				if thrown.Kind == "Panic" {
					panic(thrown.Message)
				}
				if known := library[thrown.Kind]; known != nil {
					return nil, known
				}
				return nil, err
			})
		}
		over := &Over{make([]int, len(questions)), &results{make([]any, len(questions)), make([]error, len(questions))}}
		var all sync.WaitGroup
		for place, question := range questions {
			all.Go(func() {
				queue, limit := queues[jobs[question.Job].Queue], time.Duration(question.LimitMs)*time.Millisecond
				value, err := queue.Result(ids[question.Job]+question.Beside, limit)
				over.AtUs[place], over.results.values[place], over.results.errors[place] = now(), value, err
			})
		}
		all.Wait()
		return over, nil
	})
}

// outcome gives what a question was answered with.
func outcome(over *Over, place int) (any, error) {
	return over.results.values[place], over.results.errors[place]
}
