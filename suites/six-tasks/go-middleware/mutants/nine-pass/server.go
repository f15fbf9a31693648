// Package board keeps short notes and serves them over HTTP.
// canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
package board

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"
)

const (
	noteLimit = 64 << 10
	rateLimit = 10
	rateTime  = time.Second
)

// App returns the board's routes with a log of all requests and a limit for each client.
func App(board *Board, out io.Writer) http.Handler {
	return LogRequests(LimitRate(board.Routes()), out)
}

// clientOf returns the IP address that a request comes from.
func clientOf(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// recorder remembers the status of an answer.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 && status >= 200 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(data []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(data)
}

// Unwrap lets http.ResponseController find what the original can do.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// LogRequests writes a line to out for each request that next has answered.
func LogRequests(next http.Handler, out io.Writer) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		client, method, path := clientOf(r), r.Method, r.URL.EscapedPath()
		answer := &recorder{ResponseWriter: w}
		next.ServeHTTP(answer, r)
		if answer.status == 0 {
			answer.status = http.StatusOK
		}
		line := fmt.Sprintf("%s %s %s %d %s\n", client, method, path, answer.status, time.Since(began))
		mu.Lock()
		defer mu.Unlock()
		io.WriteString(out, line)
	})
}

// window has the times of a client's last requests, the oldest first.
type window []time.Time

type limiter struct {
	mu      sync.Mutex
	clients map[string]window
	swept   time.Time
}

// allow tells whether a client may make a request now, and counts it if so.
func (l *limiter) allow(client string) bool {
	now := time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.sweep(now)
	recent := after(l.clients[client], now.Add(-rateTime))
	allowed := len(recent) < rateLimit-1
	if allowed {
		recent = append(recent, now)
	}
	l.clients[client] = recent
	return allowed
}

// sweep forgets clients that have been quiet, now and then.
func (l *limiter) sweep(now time.Time) {
	if now.Sub(l.swept) < 10*rateTime {
		return
	}
	l.swept = now
	for client, times := range l.clients {
		if len(after(times, now.Add(-rateTime))) == 0 {
			delete(l.clients, client)
		}
	}
}

func after(times window, edge time.Time) window {
	for len(times) > 0 && !times[0].After(edge) {
		times = times[1:]
	}
	return times
}

// LimitRate lets 10 requests a second through for each client, and refuses the others.
func LimitRate(next http.Handler) http.Handler {
	limits := &limiter{clients: map[string]window{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !limits.allow(clientOf(r)) {
			w.Header().Set("Retry-After", "1")
			http.Error(w, "too many requests", http.StatusTooManyRequests)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Serve answers requests until ctx is done, then finishes those under way, for at most grace.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration) error {
	server := &http.Server{Handler: handler}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	if err := server.Shutdown(patience); err != nil {
		return errors.Join(err, server.Close())
	}
	return nil
}

// Board has notes by name. It can be used by several goroutines at the same time.
type Board struct {
	mu       sync.Mutex
	notes    map[string]string
	watchers map[chan string]string
}

// NewBoard returns a board without notes.
func NewBoard() *Board {
	return &Board{notes: map[string]string{}, watchers: map[chan string]string{}}
}

// Routes returns the handler for everything that can be asked of the board.
func (b *Board) Routes() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /notes", b.list)
	mux.HandleFunc("GET /notes/{name}", b.read)
	mux.HandleFunc("PUT /notes/{name}", b.write)
	mux.HandleFunc("DELETE /notes/{name}", b.remove)
	mux.HandleFunc("GET /watch/{name}", b.watch)
	return mux
}

func (b *Board) list(w http.ResponseWriter, _ *http.Request) {
	b.mu.Lock()
	names := slices.Sorted(maps.Keys(b.notes))
	b.mu.Unlock()
	for _, name := range names {
		fmt.Fprintln(w, name)
	}
}

func (b *Board) read(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	text, there := b.notes[r.PathValue("name")]
	b.mu.Unlock()
	if !there {
		http.Error(w, "no such note", http.StatusNotFound)
		return
	}
	io.WriteString(w, text)
}

func (b *Board) write(w http.ResponseWriter, r *http.Request) {
	data, err := io.ReadAll(http.MaxBytesReader(w, r.Body, noteLimit))
	if err != nil {
		http.Error(w, "the note cannot be read", http.StatusBadRequest)
		return
	}
	name := r.PathValue("name")
	b.mu.Lock()
	_, there := b.notes[name]
	b.notes[name] = string(data)
	for changes, watched := range b.watchers {
		if watched == name {
			select {
			case changes <- string(data):
			default: // it reads too slowly, and will see a later change
			}
		}
	}
	b.mu.Unlock()
	if there {
		w.WriteHeader(http.StatusNoContent)
	} else {
		w.WriteHeader(http.StatusCreated)
	}
}

func (b *Board) remove(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	b.mu.Lock()
	_, there := b.notes[name]
	delete(b.notes, name)
	b.mu.Unlock()
	if !there {
		http.Error(w, "no such note", http.StatusNotFound)
		return
	}
	w.WriteHeader(http.StatusNoContent)
}

// watch sends a line for the note as it is now and one for each change, until the client leaves.
func (b *Board) watch(w http.ResponseWriter, r *http.Request) {
	stream := http.NewResponseController(w)
	if err := stream.Flush(); err != nil {
		http.Error(w, "this connection cannot be kept open", http.StatusInternalServerError)
		return
	}
	name := r.PathValue("name")
	changes := make(chan string, 8)
	b.mu.Lock()
	text := b.notes[name]
	b.watchers[changes] = name
	b.mu.Unlock()
	defer func() {
		b.mu.Lock()
		delete(b.watchers, changes)
		b.mu.Unlock()
	}()
	for {
		fmt.Fprintf(w, "%q\n", text)
		if stream.Flush() != nil {
			return
		}
		select {
		case <-r.Context().Done():
			return
		case text = <-changes:
		}
	}
}
