package worker

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
	"sync"
	"unicode/utf8"
	"unsafe"
)

const (
	depthLimit  = 64
	safeInteger = 1 << 53
)

// unsayable is a value that the channel cannot carry.
type unsayable string

func (u unsayable) Error() string { return string(u) }

// kept marks a value that stays inside whatever its type.
type kept struct{ value reflect.Value }

// tuple is what a function with several results gives.
type tuple []reflect.Value

// Element is an opaque element of ours: inside it can only be passed on, or compared with a function of ours.
type Element struct{ number int }

// values has candidate objects by number, ours by number, and both directions of every value.
type values struct {
	call func(number int, operation string, args []reflect.Value) (message, error)

	lock     sync.Mutex
	handles  map[int]reflect.Value
	last     int
	elements map[int]*Element

	functions map[made]reflect.Value
	ours      map[unsafe.Pointer]int
}

func newValues(call func(int, string, []reflect.Value) (message, error)) *values {
	return &values{
		call:      call,
		handles:   map[int]reflect.Value{},
		elements:  map[int]*Element{},
		functions: map[made]reflect.Value{},
		ours:      map[unsafe.Pointer]int{},
	}
}

var (
	bigInt  = reflect.TypeFor[*big.Int]()
	nothing = reflect.TypeFor[struct{}]()
)

// encode returns the JSON form of a value.
func (v *values) encode(value reflect.Value, depth int) (any, error) {
	if depth > depthLimit {
		return nil, unsayable(fmt.Sprintf("a value deeper than %d levels", depthLimit))
	}
	if !value.IsValid() {
		return nil, nil
	}
	if value.CanInterface() {
		switch own := value.Interface().(type) {
		case kept:
			return v.handle(own.value), nil
		case *Element:
			return map[string]any{"ours": own.number}, nil
		case tuple:
			parts, err := v.encodeParts(len(own), func(index int) reflect.Value { return own[index] }, depth+1)
			return map[string]any{"tuple": parts}, err
		}
	}
	switch value.Kind() {
	case reflect.Interface:
		return v.encode(value.Elem(), depth)
	case reflect.Bool:
		return value.Bool(), nil
	case reflect.String:
		return text(value.String()), nil
	case reflect.Float32, reflect.Float64:
		return map[string]any{"float": strconv.FormatFloat(value.Float(), 'g', -1, value.Type().Bits())}, nil
	case reflect.Slice, reflect.Array:
		return v.encodeList(value, depth+1)
	case reflect.Map:
		return v.encodeMap(value, depth+1)
	case reflect.Struct:
		return v.encodeStruct(value, depth+1)
	case reflect.Func:
		if value.IsNil() || !value.CanInterface() {
			break
		}
		v.lock.Lock()
		number, isOurs := v.ours[pointer(value)]
		v.lock.Unlock()
		if isOurs {
			return map[string]any{"ours": number}, nil
		}
	case reflect.Pointer:
		if value.Type() == bigInt && !value.IsNil() && value.CanInterface() {
			return integer(value.Interface().(*big.Int)), nil
		}
	}
	switch {
	case value.CanInt():
		return integer(big.NewInt(value.Int())), nil
	case value.CanUint():
		return integer(new(big.Int).SetUint64(value.Uint())), nil
	case absent(value):
		return nil, nil
	}
	return v.handle(value), nil
}

func (v *values) encodeList(value reflect.Value, depth int) (any, error) {
	if value.Type().Elem() == reflect.TypeFor[byte]() {
		data := make([]byte, value.Len())
		reflect.Copy(reflect.ValueOf(data), value)
		return map[string]any{"bytes": base64.StdEncoding.EncodeToString(data)}, nil
	}
	return v.encodeParts(value.Len(), value.Index, depth)
}

func (v *values) encodeParts(count int, part func(int) reflect.Value, depth int) (any, error) {
	coded := make([]any, 0, count)
	for index := range count {
		one, err := v.encode(part(index), depth)
		if err != nil {
			return nil, err
		}
		coded = append(coded, one)
	}
	return coded, nil
}

// encodeMap gives a dict, or a set where the map has nothing but keys.
func (v *values) encodeMap(value reflect.Value, depth int) (any, error) {
	isSet := value.Type().Elem() == nothing
	coded := make([]any, 0, value.Len())
	for pairs := value.MapRange(); pairs.Next(); {
		key, err := v.encode(pairs.Key(), depth)
		if err != nil {
			return nil, err
		}
		if isSet {
			coded = append(coded, key)
			continue
		}
		part, err := v.encode(pairs.Value(), depth)
		if err != nil {
			return nil, err
		}
		coded = append(coded, []any{key, part})
	}
	if isSet {
		return map[string]any{"set": coded}, nil
	}
	return map[string]any{"dict": coded}, nil
}

// encodeStruct gives a dict of the fields where all of them are exported, else a handle.
func (v *values) encodeStruct(value reflect.Value, depth int) (any, error) {
	coded := make([]any, 0, value.NumField())
	for index := range value.NumField() {
		field := value.Type().Field(index)
		if !field.IsExported() {
			return v.handle(value), nil
		}
		part, err := v.encode(value.Field(index), depth)
		if err != nil {
			return nil, err
		}
		coded = append(coded, []any{field.Name, part})
	}
	return map[string]any{"dict": coded}, nil
}

func (v *values) handle(value reflect.Value) any {
	v.lock.Lock()
	defer v.lock.Unlock()
	v.last++
	v.handles[v.last] = value
	return map[string]any{"handle": v.last, "type": typeName(value)}
}

func typeName(value reflect.Value) string {
	if !value.IsValid() {
		return "nil"
	}
	named := strings.TrimLeft(value.Type().String(), "*")
	if len(named) > 200 {
		return named[:200]
	}
	return named
}

// absent tells of a nil that is no empty list or map.
func absent(value reflect.Value) bool {
	switch value.Kind() {
	case reflect.Pointer, reflect.Func, reflect.Chan, reflect.UnsafePointer:
		return value.IsNil()
	}
	return false
}

func integer(whole *big.Int) any {
	if whole.IsInt64() && whole.Int64() > -safeInteger && whole.Int64() < safeInteger {
		return whole.Int64()
	}
	sign := ""
	if whole.Sign() < 0 {
		sign = "-"
	}
	return map[string]any{"int": sign + "0x" + new(big.Int).Abs(whole).Text(16)}
}

// text is a string whose bytes outside UTF-8 cross as lone surrogates, as Python has them.
type text string

// MarshalJSON writes it, quoted.
func (t text) MarshalJSON() ([]byte, error) {
	quoted := []byte{'"'}
	for rest := string(t); rest != ""; {
		char, size := utf8.DecodeRuneInString(rest)
		switch {
		case char == utf8.RuneError && size == 1:
			quoted = fmt.Appendf(quoted, `\udc%02x`, rest[0])
		case char == '"' || char == '\\':
			quoted = append(quoted, '\\', byte(char))
		case char < ' ':
			quoted = fmt.Appendf(quoted, `\u%04x`, char)
		default:
			quoted = append(quoted, rest[:size]...)
		}
		rest = rest[size:]
	}
	return append(quoted, '"'), nil
}
