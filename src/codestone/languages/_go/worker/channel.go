package worker

import (
	"bytes"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"sync"
)

const (
	channelFD  = 3
	frameLimit = 16 << 20
)

// message is all that can arrive: a question, or the reply to one of ours.
type message struct {
	Question int            `json:"question"`
	Do       string         `json:"do"`
	Name     *string        `json:"name"`
	On       *int           `json:"on"`
	Args     []any          `json:"args"`
	Kwargs   map[string]any `json:"kwargs"`
	Aside    bool           `json:"aside"`

	Reply  *string  `json:"reply"`
	Gives  any      `json:"gives"`
	Throws []string `json:"throws"`
}

// channel has frames of a 4-byte big-endian length and JSON.
type channel struct {
	file    *os.File
	sending sync.Mutex
}

func open() *channel {
	return &channel{file: os.NewFile(channelFD, "channel")}
}

func (c *channel) receive() (message, error) {
	var m message
	header := make([]byte, 4)
	if _, err := io.ReadFull(c.file, header); err != nil {
		return m, err
	}
	data := make([]byte, binary.BigEndian.Uint32(header))
	if _, err := io.ReadFull(c.file, data); err != nil {
		return m, err
	}
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.UseNumber()
	return m, decoder.Decode(&m)
}

// send writes one frame; what cannot be said is an unsayable error, and then nothing was written.
func (c *channel) send(m map[string]any) error {
	data, err := json.Marshal(m)
	if err != nil {
		return unsayable(err.Error())
	}
	if len(data) > frameLimit {
		return unsayable(fmt.Sprintf("a message of %d bytes is over the limit of %d", len(data), frameLimit))
	}
	frame := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	c.sending.Lock()
	defer c.sending.Unlock()
	if _, err := c.file.Write(append(frame, data...)); err != nil {
		os.Exit(0)
	}
	return nil
}

// name returns a random name for a callback.
func name() string {
	drawn := make([]byte, 8)
	if _, err := rand.Read(drawn); err != nil {
		panic(err)
	}
	return hex.EncodeToString(drawn)
}
