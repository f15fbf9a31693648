package worker

import (
	"errors"
	"fmt"
	"reflect"
)

// answer executes a question and sends what came of it.
func (w *worker) answer(m message) {
	var result reflect.Value
	raised := caught(func() error {
		var err error
		result, err = w.execute(m)
		return err
	})
	if raised == nil {
		value, err := w.values.encode(result, 0)
		if err == nil {
			err = w.channel.send(map[string]any{"answer": m.Question, "gives": value})
		}
		if err == nil {
			return
		}
		raised = &trouble{err: err}
	}
	var cannot unsayable
	if errors.As(raised.err, &cannot) && !raised.panicked {
		_ = w.channel.send(map[string]any{"answer": m.Question, "unsayable": string(cannot)})
		return
	}
	_ = w.channel.send(map[string]any{"answer": m.Question, "raises": raised.told(w.exports)})
}

func (w *worker) execute(m message) (reflect.Value, error) {
	var none reflect.Value
	if m.Do == "hold" {
		value, err := w.values.decode(m.Args[0], anything)
		return keep(value), err
	}
	target, err := w.target(m)
	if err != nil {
		return none, err
	}
	switch m.Do {
	case "call":
		return w.called(m, target)
	case "new":
		value, err := w.made(m, target)
		return keep(value), err
	case "get", "value":
		return seen(target), nil
	case "next":
		value, open := target.Recv()
		if !open {
			return none, &Thrown{Kind: "StopIteration"}
		}
		return value, nil
	case "await":
		value, _ := target.Recv()
		return value, nil
	case "drop":
		w.values.drop(*m.On)
		return none, nil
	}
	return none, unsayable(fmt.Sprintf("no verb is called '%s'", m.Do))
}

// target is what a question is about: an export, a candidate's object, or what that has under a name.
func (w *worker) target(m message) (reflect.Value, error) {
	if m.On == nil {
		if m.Name == nil {
			return reflect.Value{}, wrongType{"nothing has no name"}
		}
		export, there := w.exports[*m.Name]
		if !there {
			return reflect.Value{}, unsayable(fmt.Sprintf("nothing is exported as '%s'", *m.Name))
		}
		return reflect.ValueOf(export), nil
	}
	value, err := w.values.held(*m.On)
	if err != nil || m.Name == nil {
		return value, err
	}
	return member(value, *m.Name)
}

// member returns a method, a field or an entry.
func member(of reflect.Value, name string) (reflect.Value, error) {
	for of.IsValid() && of.Kind() == reflect.Interface {
		of = of.Elem()
	}
	if of.IsValid() {
		if method := of.MethodByName(name); method.IsValid() {
			return method, nil
		}
	}
	inner := reflect.Indirect(of)
	switch {
	case inner.Kind() == reflect.Struct:
		if field, there := inner.Type().FieldByName(name); there && field.IsExported() {
			return inner.FieldByIndex(field.Index), nil
		}
	case inner.Kind() == reflect.Map && inner.Type().Key().Kind() == reflect.String:
		if entry := inner.MapIndex(reflect.ValueOf(name).Convert(inner.Type().Key())); entry.IsValid() {
			return entry, nil
		}
	}
	return reflect.Value{}, wrongType{fmt.Sprintf("a %s has no %s", typeName(of), name)}
}

// called calls; an error that comes last is raised, several results are a tuple.
func (w *worker) called(m message, function reflect.Value) (reflect.Value, error) {
	for function.IsValid() && function.Kind() == reflect.Interface {
		function = function.Elem()
	}
	if function.Kind() != reflect.Func || function.IsNil() {
		return reflect.Value{}, wrongType{fmt.Sprintf("a %s cannot be called", typeName(function))}
	}
	args, err := w.arguments(m, function.Type())
	if err != nil {
		return reflect.Value{}, err
	}
	results := function.Call(args)
	if last := len(results) - 1; last >= 0 && function.Type().Out(last) == fault {
		if err, _ := results[last].Interface().(error); err != nil {
			return reflect.Value{}, err
		}
		results = results[:last]
	}
	switch len(results) {
	case 0:
		return reflect.Value{}, nil
	case 1:
		return results[0], nil
	}
	return reflect.ValueOf(tuple(results)), nil
}

// made calls as well, and of an exported type makes a value, with the named arguments as its fields.
func (w *worker) made(m message, target reflect.Value) (reflect.Value, error) {
	if target.IsValid() && target.CanInterface() {
		if kind, ok := target.Interface().(reflect.Type); ok {
			return w.values.decodeDict(pairs(m.Kwargs), reflect.PointerTo(kind))
		}
	}
	return w.called(m, target)
}

// arguments fits what was sent to the parameters; named arguments are one value after the others.
func (w *worker) arguments(m message, of reflect.Type) ([]reflect.Value, error) {
	sent := m.Args
	if len(m.Kwargs) > 0 {
		sent = append(sent, map[string]any{"dict": pairs(m.Kwargs)})
	}
	wanted := of.NumIn()
	if (of.IsVariadic() && len(sent) < wanted-1) || (!of.IsVariadic() && len(sent) != wanted) {
		return nil, wrongType{fmt.Sprintf("%d arguments for %s", len(sent), of)}
	}
	args := make([]reflect.Value, 0, len(sent))
	for index, wire := range sent {
		want := of.In(min(index, wanted-1))
		if of.IsVariadic() && index >= wanted-1 {
			want = of.In(wanted - 1).Elem()
		}
		value, err := w.values.decode(wire, want)
		if err != nil {
			return nil, err
		}
		args = append(args, value)
	}
	return args, nil
}

func pairs(named map[string]any) []any {
	list := make([]any, 0, len(named))
	for key, value := range named {
		list = append(list, []any{key, value})
	}
	return list
}

func keep(value reflect.Value) reflect.Value {
	for value.IsValid() && value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	return reflect.ValueOf(kept{value: value})
}

// seen looks through a pointer: what is asked for is the value.
func seen(value reflect.Value) reflect.Value {
	for value.IsValid() && value.Kind() == reflect.Interface {
		value = value.Elem()
	}
	if value.IsValid() && value.Kind() == reflect.Pointer && !value.IsNil() && value.Type() != bigInt {
		return value.Elem()
	}
	return value
}
