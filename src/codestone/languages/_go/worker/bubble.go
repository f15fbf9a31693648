package worker

import (
	"fmt"
	"testing"
	"testing/synctest"
)

// tester is what testing/synctest wants to be handed.
var tester *testing.T

// Bubble runs f where time is virtual (testing/synctest) and gives what f gives. It does not wait for goroutines
// that f leaves behind. Where all goroutines wait for each other for ever, that is an error.
func Bubble[T any](f func() (T, error)) (T, error) {
	type outcome struct {
		value T
		err   error
		crash *trouble
	}
	came := make(chan outcome, 2) // made out here: one of a bubble's own could not be received from
	go func() {
		var none T
		defer func() {
			if value := recover(); value != nil {
				came <- outcome{none, fmt.Errorf("in virtual time: %v", value), nil}
			}
		}()
		synctest.Test(tester, func(*testing.T) {
			defer func() {
				if value := recover(); value != nil {
					came <- outcome{none, nil, panicked(value)}
				}
			}()
			value, err := f()
			came <- outcome{value, err, nil}
		})
	}()
	first := <-came
	if first.crash != nil {
		panic(first.crash.err)
	}
	return first.value, first.err
}
