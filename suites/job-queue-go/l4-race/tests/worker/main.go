// What can be asked of an answer. There is no expected value here: verdicts are made outside.
// canary 2469eb25-f77c-4ce1-aaa5-a0625138a898
package main

import (
	jobqueue "answer"
	"codestone/worker"
)

func main() {
	worker.Serve(worker.Exports{
		"New":          jobqueue.New,
		"ErrTimeout":   jobqueue.ErrTimeout,
		"ErrUnknownID": jobqueue.ErrUnknownID,
	})
}
