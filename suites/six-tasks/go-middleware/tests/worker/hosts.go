// Servers for real requests. canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
package main

import (
	board "answer"
	"context"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"time"
)

// sink hands each Write to a function of the grader's.
type sink func(string)

func (s sink) Write(data []byte) (int, error) {
	s(string(data))
	return len(data), nil
}

// host serves a handler with a server of our own.
func host(port int, handler http.Handler) error {
	listener, err := listen(port)
	if err != nil {
		return err
	}
	server := &http.Server{Handler: handler, ErrorLog: log.New(io.Discard, "", 0)}
	go server.Serve(listener)
	return nil
}

func listen(port int) (net.Listener, error) {
	return net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
}

// app serves the whole board.
func app(port int, write func(string)) error {
	return host(port, board.App(board.NewBoard(), sink(write)))
}

// logged serves what the header X-Do says, with a log.
func logged(port int, write func(string)) error {
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		for _, word := range strings.Fields(r.Header.Get("X-Do")) {
			if status, err := strconv.Atoi(word); err == nil {
				w.WriteHeader(status)
			}
		}
		if r.Header.Get("X-Body") != "" {
			io.WriteString(w, "body")
		}
	})
	return host(port, board.LogRequests(next, sink(write)))
}

// Asked is a handler that can be asked without a network.
type Asked struct{ handler http.Handler }

// Ask sends one request and returns the status.
func (a *Asked) Ask(client string) int {
	answer := httptest.NewRecorder()
	a.handler.ServeHTTP(answer, request(client, nil))
	return answer.Code
}

// logging has a log whose Write waits for the grader.
func logging(write func(string)) *Asked {
	next := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	return &Asked{board.LogRequests(next, sink(write))}
}

// limiting has a limit around a handler that waits for the grader.
func limiting(handle func(client string)) *Asked {
	next := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		handle(r.RemoteAddr)
		w.WriteHeader(http.StatusNoContent)
	})
	return &Asked{board.LimitRate(next)}
}

func request(client string, headers map[string]string) *http.Request {
	r := httptest.NewRequest(http.MethodGet, "/notes", nil)
	r.RemoteAddr = client
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	return r
}

// Serving is a call of Serve.
type Serving struct {
	stop     context.CancelFunc
	listener net.Listener
	came     chan string
}

// serving calls Serve with a handler that waits for the grader, then tells what its context says.
func serving(port int, graceMs int, handle func(path string) string) (*Serving, error) {
	listener, err := listen(port)
	if err != nil {
		return nil, err
	}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		word := handle(r.URL.Path)
		fmt.Fprintf(w, "%s %v", word, r.Context().Err())
	})
	ctx, stop := context.WithCancel(context.Background())
	s := &Serving{stop: stop, listener: listener, came: make(chan string, 1)}
	go func() {
		if err := board.Serve(ctx, listener, handler, time.Duration(graceMs)*time.Millisecond); err != nil {
			s.came <- "error: " + err.Error()
			return
		}
		s.came <- "nil"
	}()
	return s, nil
}

// Stop ends the context.
func (s *Serving) Stop() { s.stop() }

// Break makes the listener fail.
func (s *Serving) Break() { s.listener.Close() }

// Result waits for what Serve returns.
func (s *Serving) Result() string { return <-s.came }

// refused tells whether the port takes no connection any more, before the time is over.
func refused(port int, limitMs int) bool {
	deadline := time.Now().Add(time.Duration(limitMs) * time.Millisecond)
	for time.Now().Before(deadline) {
		connection, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err != nil {
			return true
		}
		connection.Close()
		time.Sleep(5 * time.Millisecond)
	}
	return false
}
