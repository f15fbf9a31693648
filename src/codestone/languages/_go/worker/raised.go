package worker

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"runtime"
	"slices"
	"strings"
)

const (
	answerFolder = "answer/"
	wordsLimit   = 500
)

// trouble is an error that candidate code returned, or what it panicked with.
type trouble struct {
	err      error
	value    any
	panicked bool
	line     string
}

// errEnded is a goroutine that candidate code ended instead of returning.
var errEnded = errors.New("the goroutine was ended")

// caught runs a function on a goroutine of its own and returns what went wrong, nil where nothing did.
func caught(function func() error) *trouble {
	came := make(chan *trouble, 1)
	go func() {
		returned := false
		defer func() {
			if !returned {
				came <- panicked(recover())
			}
		}()
		err := function()
		returned = true
		if err != nil {
			came <- &trouble{err: err}
			return
		}
		came <- nil
	}()
	return <-came
}

func panicked(value any) *trouble {
	err, isError := value.(error)
	switch {
	case value == nil:
		err = errEnded
	case !isError:
		err = fmt.Errorf("%v", value)
	}
	return &trouble{err: err, value: value, panicked: true, line: candidateLine()}
}

// candidateLine returns "file.go:12" for the innermost line of the stack that is the candidate's.
func candidateLine() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for {
		frame, more := frames.Next()
		if strings.HasPrefix(frame.File, answerFolder) {
			return fmt.Sprintf("%s:%d", path.Base(frame.File), frame.Line)
		}
		if !more {
			return ""
		}
	}
}

// told is the wire's form: names of types, the most special first.
func (t *trouble) told(exports Exports) map[string]any {
	var line any
	if t.line != "" {
		line = text(t.line)
	}
	words := strings.ToValidUTF8(wordsOf(t.err), "\uFFFD")
	if len(words) > wordsLimit {
		words = words[:wordsLimit]
	}
	return map[string]any{"type": t.names(exports), "message": text(words), "line": line}
}

// wordsOf returns an error's own words; that method is the candidate's, and may panic.
func wordsOf(err error) (words string) {
	defer func() {
		if recover() != nil {
			words = "(it could not be read)"
		}
	}()
	return err.Error()
}

// names are those of exported sentinels, then of the types along what the error wraps.
func (t *trouble) names(exports Exports) []string {
	var names []string
	for name, export := range exports {
		if sentinel, ok := export.(error); ok && errors.Is(t.err, sentinel) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	_, isError := t.value.(error)
	if t.panicked && !isError && t.value != nil {
		return append(names, typeName(reflect.ValueOf(t.value)), "panic")
	}
	names = append(names, chain(t.err, 0)...)
	var crash runtime.Error
	if errors.As(t.err, &crash) {
		names = append(names, "runtime.Error")
	}
	names = append(names, "error")
	if t.panicked {
		names = append(names, "panic")
	}
	return names
}

func chain(err error, depth int) []string {
	if err == nil || depth > depthLimit {
		return nil
	}
	names := []string{typeName(reflect.ValueOf(err))}
	switch own := err.(type) {
	case *Thrown:
		names = []string{own.Kind}
	case wrongType:
		names = []string{"TypeError"}
	}
	switch wraps := err.(type) {
	case interface{ Unwrap() error }:
		return append(names, chain(wraps.Unwrap(), depth+1)...)
	case interface{ Unwrap() []error }:
		for _, inner := range wraps.Unwrap() {
			names = append(names, chain(inner, depth+1)...)
		}
	}
	return names
}
