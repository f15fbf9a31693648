// What can be asked of an answer. There is no expected value here: verdicts are made outside.
// canary c4f5175c-e45f-4dd6-a06a-b6682cc6eeca
package main

import (
	jobqueue "answer"
	"codestone/worker"
	"errors"
	"sync"
	"sync/atomic"
)

func main() {
	worker.Serve(worker.Exports{
		"New":          jobqueue.New,
		"ErrPanic":     jobqueue.ErrPanic,
		"ErrTimeout":   jobqueue.ErrTimeout,
		"ErrUnknownID": jobqueue.ErrUnknownID,
		"panicking":    panicking,
		"fill":         fill,
		"crowd":        crowd,
		"races":        worker.Races,
	})
}

// panicking makes a job that panics with what the grader says, as it is or as an error.
func panicking(say func() string, asError bool) func() (any, error) {
	return func() (any, error) {
		word := say()
		if asError {
			panic(errors.New(word))
		}
		panic(word)
	}
}

// fill adds jobs that do nothing, and returns the id of the last one.
func fill(queue *jobqueue.Queue, count int) int {
	last := 0
	for number := range count {
		last = queue.AddJob(func() (any, error) { return number, nil })
	}
	return last
}

// Done is one job of a crowd: the id that it got, its result, and how often it was executed.
type Done struct {
	ID     int
	Result any
	Calls  int
}

// crowd adds jobs from many goroutines at a time, and asks for the results there. The numbers are the jobs' results.
func crowd(goroutines int, numbers []int) ([]Done, error) {
	queue := jobqueue.New()
	calls := make([]atomic.Int32, len(numbers))
	done := make([]Done, len(numbers))
	failures := make([]error, len(numbers))
	begin := make(chan struct{})
	var all sync.WaitGroup
	for goroutine := range goroutines {
		all.Go(func() {
			<-begin
			for index := goroutine; index < len(numbers); index += goroutines {
				id := queue.AddJob(func() (any, error) {
					calls[index].Add(1)
					return numbers[index], nil
				})
				result, err := queue.Result(id, 0)
				done[index], failures[index] = Done{ID: id, Result: result}, err
			}
		})
	}
	close(begin)
	all.Wait()
	for index := range done {
		done[index].Calls = int(calls[index].Load())
	}
	return done, errors.Join(failures...)
}
