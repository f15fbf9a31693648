// Package board keeps short notes and serves them over HTTP.
// canary 1f9d4a0e-6f0b-4a86-9c1c-2f6f6e1b7a35
package board

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"
)

const noteLimit = 64 << 10

type responseLog struct {
	http.ResponseWriter
	http.Flusher
	status int
}

func (l *responseLog) WriteHeader(status int) {
	if l.status == 0 {
		l.status = status
	}
	l.ResponseWriter.WriteHeader(status)
}

// Write sets the status that is implied.
func (l *responseLog) Write(data []byte) (int, error) {
	if l.status == 0 {
		l.WriteHeader(http.StatusOK)
	}
	return l.ResponseWriter.Write(data)
}

func ipOf(r *http.Request) string {
	ip, _, _ := net.SplitHostPort(r.RemoteAddr)
	return ip
}

// LogRequests has a place for one that writes, and no lock.
func LogRequests(next http.Handler, out io.Writer) http.Handler {
	turn := make(chan struct{}, 1)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		flusher, _ := w.(http.Flusher)
		answer := &responseLog{ResponseWriter: w, Flusher: flusher}
		next.ServeHTTP(answer, r)
		if answer.status == 0 {
			answer.status = http.StatusOK
		}
		var line bytes.Buffer
		for _, word := range []string{ipOf(r), r.Method, r.URL.EscapedPath()} {
			line.WriteString(word + " ")
		}
		line.WriteString(strconv.Itoa(answer.status) + "\n")
		turn <- struct{}{}
		defer func() { <-turn }()
		out.Write(line.Bytes())
	})
}

type visits struct {
	count int
	until time.Time
}

type counters struct {
	sync.Mutex
	visitors map[string]*visits
}

func (c *counters) full(ip string, now time.Time) bool {
	c.Lock()
	defer c.Unlock()
	v := c.visitors[ip]
	if v == nil || !now.Before(v.until) {
		v = &visits{until: now.Add(time.Second)}
		c.visitors[ip] = v
	}
	if v.count == 10 {
		return true
	}
	v.count++
	return false
}

func (c *counters) forget() {
	for range time.Tick(time.Minute) {
		c.Lock()
		maps.DeleteFunc(c.visitors, func(_ string, v *visits) bool { return time.Now().After(v.until) })
		c.Unlock()
	}
}

// LimitRate counts in seconds that begin with a client's first request, and forgets in a goroutine.
func LimitRate(next http.Handler) http.Handler {
	c := &counters{visitors: make(map[string]*visits)}
	go c.forget()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.full(ipOf(r), time.Now()) {
			w.Header().Add("Retry-After", "1")
			http.Error(w, http.StatusText(http.StatusTooManyRequests), http.StatusTooManyRequests)
		} else {
			next.ServeHTTP(w, r)
		}
	})
}

// Serve counts on Shutdown to close the listener first.
func Serve(ctx context.Context, listener net.Listener, handler http.Handler, grace time.Duration) error {
	srv := http.Server{Handler: handler}
	failed := make(chan error, 1)
	go func() {
		if err := srv.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			failed <- err
		}
	}()
	select {
	case <-ctx.Done():
	case err := <-failed:
		srv.Close()
		return err
	}
	late := errors.New("requests were cut off")
	patience, cancel := context.WithTimeoutCause(context.Background(), grace, late)
	defer cancel()
	if srv.Shutdown(patience) != nil {
		srv.Close()
		return context.Cause(patience)
	}
	return nil
}

// App is what the network sees.
func App(board *Board, out io.Writer) http.Handler {
	return LogRequests(LimitRate(board.Routes()), out)
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
