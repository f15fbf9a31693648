// Package board keeps short notes and serves them over HTTP.
// canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
package board

import (
	"context"
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

type watched struct {
	http.ResponseWriter
	status int
}

func (w *watched) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *watched) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

type middleware func(http.Handler) http.Handler

func chained(handler http.Handler, around ...middleware) http.Handler {
	for _, each := range slices.Backward(around) {
		handler = each(handler)
	}
	return handler
}

// App chains what is around the routes, the outermost first.
func App(board *Board, out io.Writer) http.Handler {
	logged := func(next http.Handler) http.Handler { return LogRequests(next, out) }
	return chained(board.Routes(), logged, LimitRate)
}

func from(r *http.Request) string {
	address, err := net.ResolveTCPAddr("tcp", r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return address.IP.String()
}

type lockedWriter struct {
	sync.Mutex
	out io.Writer
}

func (l *lockedWriter) Write(data []byte) (int, error) {
	l.Lock()
	defer l.Unlock()
	return l.out.Write(data)
}

// LogRequests formats straight to a writer that locks.
func LogRequests(next http.Handler, out io.Writer) http.Handler {
	locked := &lockedWriter{out: out}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		began := time.Now()
		w2 := &watched{ResponseWriter: w}
		next.ServeHTTP(w2, r)
		status := w2.status
		if status == 0 {
			status = http.StatusOK
		}
		fmt.Fprintf(locked, "%v %v %v %v %vms\n", from(r), r.Method, r.URL.EscapedPath(), status, time.Since(began).Milliseconds())
	})
}

const (
	gap   = time.Second / 10
	ahead = time.Second - gap
)

// LimitRate keeps for each client the moment at which its requests would be worked off, one in each gap.
func LimitRate(next http.Handler) http.Handler {
	var (
		lock  sync.Mutex
		due   = map[string]time.Time{}
		tidy  = time.Now()
		allow = func(client string) bool {
			lock.Lock()
			defer lock.Unlock()
			now := time.Now()
			if now.Sub(tidy) > time.Minute {
				tidy = now
				maps.DeleteFunc(due, func(_ string, at time.Time) bool { return at.Before(now) })
			}
			at := due[client]
			if at.Before(now) {
				at = now
			}
			if at.Sub(now) > ahead {
				return false
			}
			due[client] = at.Add(gap)
			return true
		}
	)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if allow(from(r)) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(http.StatusTooManyRequests)
	})
}

// Serve waits for three things, whichever comes first.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration) error {
	server := &http.Server{Handler: handler}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err := <-served:
		return fmt.Errorf("serving: %w", err)
	case <-ctx.Done():
		limit, cancel := context.WithDeadline(context.Background(), time.Now().Add(grace))
		defer cancel()
		err := server.Shutdown(limit)
		if err != nil {
			defer server.Close()
		}
		<-served
		return err
	}
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
