package worker

import (
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"slices"
	"unsafe"
)

// Thrown is what a function of ours raised: an error where the function returns one, else a panic.
type Thrown struct{ Kind, Message string }

func (t *Thrown) Error() string { return t.Message }

// own makes something of ours: a function of the type that is wanted, or an element.
func (v *values) own(crossed []any, want reflect.Type) (reflect.Value, error) {
	number, err := crossed[0].(json.Number).Int64()
	if err != nil {
		return reflect.Value{}, unsayable("no number")
	}
	if kind, _ := crossed[1].(string); kind == "element" {
		return fitted(reflect.ValueOf(v.element(int(number))), want)
	}
	if want.Kind() != reflect.Func {
		want = routine
	}
	key := made{number: int(number), kind: want}
	v.lock.Lock()
	defer v.lock.Unlock()
	function, there := v.functions[key]
	if !there {
		function = v.function(int(number), want)
		v.functions[key] = function
		v.ours[pointer(function)] = int(number)
	}
	return function, nil
}

// made is a function of ours as a type: the same one each time, so that it is known when it comes back.
type made struct {
	number int
	kind   reflect.Type
}

// pointer returns what tells functions apart that were made of one type: what a func value points to.
func pointer(function reflect.Value) unsafe.Pointer {
	held := function.Interface()
	return (*[2]unsafe.Pointer)(unsafe.Pointer(&held))[1]
}

// element returns the same pointer each time: it can be a key, or be taken off a list again.
func (v *values) element(number int) *Element {
	v.lock.Lock()
	defer v.lock.Unlock()
	if v.elements[number] == nil {
		v.elements[number] = &Element{number: number}
	}
	return v.elements[number]
}

// function makes a function of a type, any type: it can be called on any goroutine, and blocks only that one.
func (v *values) function(number int, of reflect.Type) reflect.Value {
	return reflect.MakeFunc(of, func(args []reflect.Value) []reflect.Value {
		if of.IsVariadic() {
			rest := args[len(args)-1]
			args = args[: len(args)-1 : len(args)-1]
			for index := range rest.Len() {
				args = append(args, rest.Index(index))
			}
		}
		m, err := v.call(number, "call", args)
		if err == nil && len(m.Throws) == 2 {
			err = &Thrown{Kind: m.Throws[0], Message: m.Throws[1]}
		}
		return v.returned(m.Gives, err, of)
	})
}

// returned makes the results of a function of ours: several are given as a tuple, an error is the last.
func (v *values) returned(gives any, err error, of reflect.Type) []reflect.Value {
	count, faulty := of.NumOut(), false
	if count > 0 && of.Out(count-1) == fault {
		count, faulty = count-1, true
	}
	results := make([]reflect.Value, 0, count+1)
	parts, several := []any{gives}, count > 1
	if tuple, ok := gives.(map[string]any); several && ok {
		parts, _ = tuple["tuple"].([]any)
	}
	if err == nil && several && len(parts) != count {
		err = wrongType{fmt.Sprintf("%d results are wanted", count)}
	}
	for index := range count {
		value := reflect.Zero(of.Out(index))
		if err == nil {
			value, err = v.decode(parts[index], of.Out(index))
		}
		if err != nil {
			value = reflect.Zero(of.Out(index))
		}
		results = append(results, value)
	}
	if !faulty {
		if err != nil {
			panic(err)
		}
		return results
	}
	last := reflect.New(fault).Elem()
	if err != nil {
		last.Set(reflect.ValueOf(err))
	}
	return append(results, last)
}

// recipe makes a large list from a few numbers, the same as in every language.
func (v *values) recipe(crossed []any) ([]any, error) {
	name, _ := crossed[0].(string)
	args := crossed[1].([]any)
	numbers := make([]*big.Int, len(args))
	for index, arg := range args {
		if name == "repeat" && index == 0 {
			continue
		}
		number, err := v.decode(arg, bigInt)
		if err != nil {
			return nil, err
		}
		numbers[index] = number.Interface().(*big.Int)
	}
	switch {
	case name == "repeat" && len(args) == 2:
		return slices.Repeat(args[:1], int(numbers[1].Int64())), nil
	case name == "range" && len(args) == 3 && numbers[2].Sign() != 0:
		return span(numbers[0], numbers[1], numbers[2]), nil
	case name == "integers" && len(args) == 4:
		return integers(numbers[0], int(numbers[1].Int64()), numbers[2], numbers[3]), nil
	}
	return nil, unsayable(fmt.Sprintf("no recipe is called '%s'", name))
}

func span(start, stop, step *big.Int) []any {
	var list []any
	for at := start; at.Cmp(stop) == -step.Sign(); at = new(big.Int).Add(at, step) {
		list = append(list, json.Number(at.String()))
	}
	return list
}

// integers gives count whole numbers in [low, high] by splitmix64 (Steele, Lea, Flood 2014).
func integers(seed *big.Int, count int, low, high *big.Int) []any {
	list := make([]any, 0, count)
	width := new(big.Int).Sub(high, low)
	width.Add(width, big.NewInt(1))
	state := new(big.Int).And(seed, new(big.Int).SetUint64(1<<64-1)).Uint64()
	for range count {
		state += 0x9e3779b97f4a7c15
		mixed := (state ^ (state >> 30)) * 0xbf58476d1ce4e5b9
		mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb
		number := new(big.Int).SetUint64(mixed ^ (mixed >> 31))
		number.Mod(number, width)
		list = append(list, json.Number(number.Add(number, low).String()))
	}
	return list
}
