// Package board keeps short notes and serves them over HTTP.
// canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
package board

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"sync"
	"time"
)

const noteLimit = 64 << 10

// App has everything around the routes.
func App(board *Board, out io.Writer) http.Handler {
	handler := board.Routes()
	handler = LimitRate(handler)
	return LogRequests(handler, out)
}

func address(remote string) string {
	if whole, err := netip.ParseAddrPort(remote); err == nil {
		return whole.Addr().String()
	}
	return remote
}

type statusWriter struct {
	http.ResponseWriter
	code  int
	begun bool
}

func (s *statusWriter) WriteHeader(code int) {
	if !s.begun {
		s.begun, s.code = true, code
	}
	s.ResponseWriter.WriteHeader(code)
}

func (s *statusWriter) Write(data []byte) (int, error) {
	s.begun = true
	return s.ResponseWriter.Write(data)
}

// Flush implements http.Flusher.
func (s *statusWriter) Flush() {
	s.begun = true
	if flusher, ok := s.ResponseWriter.(http.Flusher); ok {
		flusher.Flush()
	}
}

// LogRequests has a log.Logger write the lines, which locks.
func LogRequests(next http.Handler, out io.Writer) http.Handler {
	logger := log.New(out, "", 0)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		sw := &statusWriter{ResponseWriter: w, code: http.StatusOK}
		defer func() {
			logger.Printf("%s %s %s %d %v", address(r.RemoteAddr), r.Method, r.URL.EscapedPath(), sw.code, time.Since(start))
		}()
		next.ServeHTTP(sw, r)
	})
}

const (
	perSecond = 10.0
	burst     = 10.0
)

type bucket struct {
	mu     sync.Mutex
	tokens float64
	filled time.Time
}

func (b *bucket) take() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	b.tokens = min(burst, b.tokens+perSecond*now.Sub(b.filled).Seconds())
	b.filled = now
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// LimitRate has a bucket for each client.
func LimitRate(next http.Handler) http.Handler {
	var buckets sync.Map
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fresh := &bucket{tokens: burst, filled: time.Now()}
		known, _ := buckets.LoadOrStore(address(r.RemoteAddr), fresh)
		if !known.(*bucket).take() {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			fmt.Fprintln(w, "slow down")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// Serve shuts down in a goroutine of its own.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration) error {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: time.Minute}
	ended := make(chan error, 1)
	stop := context.AfterFunc(ctx, func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
		defer cancel()
		err := server.Shutdown(limited)
		if err != nil {
			server.Close()
		}
		ended <- err
	})
	defer stop()
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return <-ended
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
