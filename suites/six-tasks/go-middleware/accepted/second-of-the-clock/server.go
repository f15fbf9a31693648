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

const noteLimit = 64 << 10

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

func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

type statusRecorder struct {
	http.ResponseWriter
	status int
}

func (s *statusRecorder) WriteHeader(code int) {
	if s.status == 0 {
		s.status = code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *statusRecorder) Write(b []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.ResponseWriter.Write(b)
}

func (s *statusRecorder) Unwrap() http.ResponseWriter { return s.ResponseWriter }

func LogRequests(next http.Handler, out io.Writer) http.Handler {
	var mu sync.Mutex
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		rec := &statusRecorder{ResponseWriter: w}
		next.ServeHTTP(rec, r)
		if rec.status == 0 {
			rec.status = http.StatusOK
		}
		mu.Lock()
		defer mu.Unlock()
		fmt.Fprintf(out, "%s %s %s %d %s\n", clientIP(r), r.Method, r.URL.EscapedPath(), rec.status, time.Since(start))
	})
}

type window struct {
	start int64
	count int
}

type limiter struct {
	mu      sync.Mutex
	clients map[string]*window
}

func (l *limiter) allow(ip string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now().Unix()
	win, ok := l.clients[ip]
	if !ok || now != win.start {
		l.clients[ip] = &window{start: now, count: 1}
		return true
	}
	if win.count >= 10 {
		return false
	}
	win.count++
	return true
}

func LimitRate(next http.Handler) http.Handler {
	l := &limiter{clients: map[string]*window{}}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if l.allow(clientIP(r)) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "1")
		http.Error(w, http.StatusText(429), 429)
	})
}

func Serve(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration) error {
	srv := &http.Server{
		Handler:           handler,
		ReadHeaderTimeout: 10 * time.Second,
	}
	done := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		shutdownCtx, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err := srv.Shutdown(shutdownCtx)
		if err != nil {
			err = errors.Join(err, srv.Close())
		}
		done <- err
	})
	err := srv.Serve(listener)
	if stop() {
		return err
	}
	if err := <-done; err != nil {
		return fmt.Errorf("graceful shutdown: %w", err)
	}
	return nil
}

func App(board *Board, out io.Writer) http.Handler {
	var handler http.Handler = board.Routes()
	handler = LimitRate(handler)
	return LogRequests(handler, out)
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
