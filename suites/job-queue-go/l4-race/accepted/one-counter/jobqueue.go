// Package jobqueue has one goroutine that merges all results, and gets them by a channel.
// canary 2469eb25-f77c-4ce1-aaa5-a0625138a898
package jobqueue

import (
	"errors"
	"fmt"
	"maps"
	"sync"
	"sync/atomic"
	"time"
)

var (
	ErrTimeout   = errors.New("the job has not finished in time")
	ErrUnknownID = errors.New("no job has this id")
)

// Queue executes jobs; merge makes one total of two, and empty is the total of nothing.
type Queue struct {
	empty any
	merge func(a, b any) any

	lock    sync.Mutex
	added   *sync.Cond
	jobs    []*job
	waiting []*job

	results chan *job
	// the map is replaced and never changed: Total can look into it at any time
	totals atomic.Pointer[map[string]any]
}

type job struct {
	group    string
	work     func() (any, error)
	finished chan struct{}
	value    any
	err      error
}

// New makes a queue and starts its workers.
func New(workers int, empty any, merge func(a, b any) any) *Queue {
	q := &Queue{empty: empty, merge: merge, results: make(chan *job)}
	q.added = sync.NewCond(&q.lock)
	q.totals.Store(&map[string]any{})
	go q.countAll()
	for range workers {
		go q.work()
	}
	return q
}

// AddJob adds a job of a group and returns its id.
func (q *Queue) AddJob(group string, work func() (any, error)) int {
	q.lock.Lock()
	defer q.lock.Unlock()
	added := &job{group: group, work: work, finished: make(chan struct{})}
	q.jobs = append(q.jobs, added)
	q.waiting = append(q.waiting, added)
	q.added.Signal()
	return len(q.jobs)
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

// Total returns the total of a group when all its jobs that were added so far have finished.
func (q *Queue) Total(group string) any {
	for _, one := range q.jobsOf(group) {
		<-one.finished
	}
	if total, there := (*q.totals.Load())[group]; there {
		return total
	}
	return q.empty
}

func (q *Queue) job(id int) (*job, error) {
	q.lock.Lock()
	defer q.lock.Unlock()
	if id < 1 || id > len(q.jobs) {
		return nil, fmt.Errorf("%w: %d", ErrUnknownID, id)
	}
	return q.jobs[id-1], nil
}

func (q *Queue) jobsOf(group string) []*job {
	q.lock.Lock()
	defer q.lock.Unlock()
	var jobs []*job
	for _, one := range q.jobs {
		if one.group == group {
			jobs = append(jobs, one)
		}
	}
	return jobs
}

func (q *Queue) next() *job {
	q.lock.Lock()
	defer q.lock.Unlock()
	for len(q.waiting) == 0 {
		q.added.Wait()
	}
	next := q.waiting[0]
	q.waiting = q.waiting[1:]
	return next
}

func (q *Queue) work() {
	for {
		job := q.next()
		job.value, job.err = job.work()
		if job.err == nil {
			q.results <- job
			continue
		}
		close(job.finished)
	}
}

func (q *Queue) countAll() {
	for job := range q.results {
		q.count(job)
		close(job.finished)
	}
}

// count merges the result of a job into the total of its group.
func (q *Queue) count(job *job) {
	totals := maps.Clone(*q.totals.Load())
	soFar, there := totals[job.group]
	if !there {
		soFar = q.empty
	}
	totals[job.group] = q.merge(soFar, job.value)
	q.totals.Store(&totals)
}
