// Package worker runs inside the box: it executes named calls on candidate code and answers with plain values
// (docs/reference/channel.md). A task's own main package lists what can be called and hands it to Serve.
//
// There is nothing to steal here: no expected value ever comes in, and no verdict goes out. Candidate code
// shares this process and may break it; that costs the check being asked.
package worker

import (
	"os"
	"reflect"
	"sync"
	"testing"
)

// Exports are what questions can name: functions to call, values to get, a reflect.Type to make values of. An
// error among them is a sentinel: whatever is raised and wraps it bears its name.
type Exports map[string]any

// Serve answers questions on descriptor 3 until the other end is closed. It does not return.
func Serve(exports Exports) {
	os.Args = os.Args[:1] // the candidate is nobody's main program
	serve := func(t *testing.T) {
		tester = t
		start(exports).read()
	}
	every := func(string, string) (bool, error) { return true, nil }
	testing.Main(every, []testing.InternalTest{{Name: "worker", F: serve}}, nil, nil)
}

type worker struct {
	channel *channel
	exports Exports
	values  *values
	inOrder chan message

	asking  sync.Mutex
	waiting map[string]chan message
	slots   chan chan message
}

func start(exports Exports) *worker {
	w := &worker{
		channel: open(),
		exports: exports,
		inOrder: make(chan message, 1<<16),
		waiting: map[string]chan message{},
		slots:   make(chan chan message),
	}
	w.values = newValues(w.callBack)
	go w.executeInOrder()
	go w.makeSlots()
	return w
}

// read takes what arrives: replies to our own questions at once, the others in goroutines of their own.
func (w *worker) read() {
	for {
		m, err := w.channel.receive()
		if err != nil {
			os.Exit(0)
		}
		switch {
		case m.Reply != nil:
			w.asking.Lock()
			slot := w.waiting[*m.Reply]
			delete(w.waiting, *m.Reply)
			w.asking.Unlock()
			if slot != nil {
				slot <- m
			}
		case m.Aside:
			go w.answer(m)
		default:
			w.inOrder <- m
		}
	}
}

func (w *worker) executeInOrder() {
	for m := range w.inOrder {
		done := make(chan struct{})
		go func() { // of its own, since candidate code may end the goroutine it is called on
			defer close(done)
			w.answer(m)
		}()
		<-done
	}
}

// makeSlots makes what waits for a reply outside of every bubble: one of a bubble's own could not be sent to.
func (w *worker) makeSlots() {
	for {
		w.slots <- make(chan message, 1)
	}
}

// callBack asks something of ours and waits for the reply, on the goroutine that called it and on no other.
func (w *worker) callBack(number int, operation string, args []reflect.Value) (message, error) {
	coded := make([]any, 0, len(args))
	for _, arg := range args {
		value, err := w.values.encode(arg, 0)
		if err != nil {
			return message{}, err
		}
		coded = append(coded, value)
	}
	identity, slot := name(), <-w.slots
	w.asking.Lock()
	w.waiting[identity] = slot
	w.asking.Unlock()
	asked := map[string]any{
		"callback": identity, "on": number, "operation": operation, "args": coded, "kwargs": map[string]any{},
	}
	if err := w.channel.send(asked); err != nil {
		return message{}, err
	}
	return <-slot, nil
}
