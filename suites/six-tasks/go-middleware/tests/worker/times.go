// Requests at given moments of virtual time. canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
package main

import (
	board "answer"
	"codestone/worker"
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"sync"
	"time"
)

// Step is one request, so many milliseconds after the limiters were made.
type Step struct {
	At      int
	Limiter int
	Client  string
	Headers map[string]string
}

// Outcome is what came of it: how long it took in milliseconds of virtual time, and whether the handler was called.
type Outcome struct {
	Status  int
	Retry   string
	Called  bool
	DelayMs int
}

// scenario makes limiters after startMs milliseconds, and sends one request after the other.
func scenario(startMs int, limiters int, steps []Step) ([]Outcome, error) {
	return worker.Bubble(func() ([]Outcome, error) {
		time.Sleep(time.Duration(startMs) * time.Millisecond)
		called := false
		handlers := make([]http.Handler, limiters)
		for index := range handlers {
			handlers[index] = board.LimitRate(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				called = true
				w.WriteHeader(http.StatusNoContent)
			}))
		}
		began := time.Now()
		outcomes := make([]Outcome, 0, len(steps))
		for _, step := range steps {
			time.Sleep(time.Until(began.Add(time.Duration(step.At) * time.Millisecond)))
			called = false
			asked := time.Now()
			answer := httptest.NewRecorder()
			handlers[step.Limiter].ServeHTTP(answer, request(step.Client, step.Headers))
			retry := answer.Result().Header.Get("Retry-After")
			outcomes = append(outcomes, Outcome{answer.Code, retry, called, int(time.Since(asked).Milliseconds())})
		}
		return outcomes, nil
	})
}

// crowd sends requests of one client from many goroutines in one moment; it returns how many got through.
func crowd(client string, goroutines int, each int) (int, error) {
	return worker.Bubble(func() (int, error) {
		handler := board.LimitRate(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNoContent)
		}))
		passed := make([]int, goroutines)
		begin := make(chan struct{})
		var done sync.WaitGroup
		for index := range goroutines {
			done.Go(func() {
				<-begin
				for range each {
					answer := httptest.NewRecorder()
					handler.ServeHTTP(answer, request(client, nil))
					if answer.Code == http.StatusNoContent {
						passed[index]++
					}
				}
			})
		}
		close(begin)
		done.Wait()
		total := 0
		for _, count := range passed {
			total += count
		}
		return total, nil
	})
}

// memory returns how many bytes are in use after each round: new clients, then minutes with one only.
func memory(rounds int, clients int) ([]int, error) {
	return worker.Bubble(func() ([]int, error) {
		handler := board.LimitRate(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		sizes := make([]int, 0, rounds)
		for round := range rounds {
			for client := range clients {
				address := fmt.Sprintf("10.%d.%d.%d:1024", round, client/250, client%250)
				handler.ServeHTTP(httptest.NewRecorder(), request(address, nil))
			}
			for range 100 {
				time.Sleep(10 * time.Second)
				handler.ServeHTTP(httptest.NewRecorder(), request("192.0.2.1:1024", nil))
			}
			var now runtime.MemStats
			runtime.GC()
			runtime.GC()
			runtime.ReadMemStats(&now)
			sizes = append(sizes, int(now.HeapAlloc))
		}
		runtime.KeepAlive(handler)
		return sizes, nil
	})
}
