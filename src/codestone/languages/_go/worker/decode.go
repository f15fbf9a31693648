package worker

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strconv"
	"strings"
)

// wrongType is a value that does not fit where it was to go.
type wrongType struct{ what string }

func (w wrongType) Error() string { return w.what }

var (
	anything = reflect.TypeFor[any]()
	fault    = reflect.TypeFor[error]()
	routine  = reflect.TypeFor[func(...any) (any, error)]()
)

// decode returns the value of a JSON form as the type that is wanted; any gets what is nearest in Go.
func (v *values) decode(wire any, want reflect.Type) (reflect.Value, error) {
	switch wire := wire.(type) {
	case nil:
		return reflect.Zero(want), nil
	case bool:
		return fitted(reflect.ValueOf(wire), want)
	case string:
		return fitted(reflect.ValueOf(wire), want)
	case json.Number:
		whole, ok := new(big.Int).SetString(string(wire), 10)
		if !ok {
			return reflect.Value{}, wrongType{fmt.Sprintf("%s is no whole number", wire)}
		}
		return fittedInt(whole, want)
	case []any:
		return v.decodeList(wire, want)
	case map[string]any:
		for tag, inner := range wire {
			return v.decodeTagged(tag, inner, want)
		}
	}
	return reflect.Value{}, wrongType{fmt.Sprintf("%T is no value", wire)}
}

func (v *values) decodeTagged(tag string, inner any, want reflect.Type) (reflect.Value, error) {
	switch tag {
	case "int":
		whole, ok := new(big.Int).SetString(inner.(string), 0)
		if !ok {
			return reflect.Value{}, wrongType{"no whole number"}
		}
		return fittedInt(whole, want)
	case "float":
		number, err := strconv.ParseFloat(inner.(string), 64)
		if err != nil {
			return reflect.Value{}, err
		}
		return fitted(reflect.ValueOf(number), want)
	case "bytes":
		data, err := base64.StdEncoding.DecodeString(inner.(string))
		if err != nil {
			return reflect.Value{}, err
		}
		return fitted(reflect.ValueOf(data), want)
	case "tuple":
		return v.decodeList(inner.([]any), want)
	case "set", "frozenset":
		return v.decodeSet(inner.([]any), want)
	case "dict":
		return v.decodeDict(inner.([]any), want)
	case "undefined":
		return reflect.Zero(want), nil
	case "handle":
		number, _ := inner.(json.Number).Int64()
		value, err := v.held(int(number))
		if err != nil || !value.IsValid() {
			return reflect.Zero(want), err
		}
		return fitted(value, want)
	case "ours":
		return v.own(inner.([]any), want)
	case "recipe":
		list, err := v.recipe(inner.([]any))
		if err != nil {
			return reflect.Value{}, err
		}
		return v.decodeList(list, want)
	}
	return reflect.Value{}, unsayable(fmt.Sprintf("no value is tagged '%s'", tag))
}

func (v *values) held(number int) (reflect.Value, error) {
	v.lock.Lock()
	defer v.lock.Unlock()
	value, there := v.handles[number]
	if !there {
		return value, unsayable(fmt.Sprintf("no handle %d", number))
	}
	return value, nil
}

func (v *values) drop(number int) {
	v.lock.Lock()
	defer v.lock.Unlock()
	delete(v.handles, number)
}

func (v *values) decodeList(parts []any, want reflect.Type) (reflect.Value, error) {
	var made reflect.Value
	switch {
	case want == anything:
		made = reflect.ValueOf(make([]any, len(parts)))
	case want.Kind() == reflect.Slice:
		made = reflect.MakeSlice(want, len(parts), len(parts))
	case want.Kind() == reflect.Array && want.Len() == len(parts):
		made = reflect.New(want).Elem()
	case want.Kind() == reflect.Struct && want.NumField() == len(parts):
		return v.decodeFields(parts, want)
	default:
		return made, wrongType{fmt.Sprintf("a list of %d is no %s", len(parts), want)}
	}
	for index, part := range parts {
		value, err := v.decode(part, made.Type().Elem())
		if err != nil {
			return made, err
		}
		made.Index(index).Set(value)
	}
	return made, nil
}

// decodeFields fills a struct in the order of its fields.
func (v *values) decodeFields(parts []any, want reflect.Type) (reflect.Value, error) {
	made := reflect.New(want).Elem()
	for index, part := range parts {
		value, err := v.decode(part, want.Field(index).Type)
		if err != nil {
			return made, err
		}
		made.Field(index).Set(value)
	}
	return made, nil
}

func (v *values) decodeSet(parts []any, want reflect.Type) (reflect.Value, error) {
	if want == anything {
		want = reflect.TypeFor[map[any]struct{}]()
	}
	if want.Kind() != reflect.Map {
		return v.decodeList(parts, want)
	}
	member := reflect.Zero(want.Elem())
	if want.Elem().Kind() == reflect.Bool {
		member = reflect.ValueOf(true).Convert(want.Elem())
	}
	made := reflect.MakeMapWithSize(want, len(parts))
	for _, part := range parts {
		key, err := v.key(part, want)
		if err != nil {
			return made, err
		}
		made.SetMapIndex(key, member)
	}
	return made, nil
}

func (v *values) decodeDict(pairs []any, want reflect.Type) (reflect.Value, error) {
	switch want.Kind() {
	case reflect.Pointer:
		value, err := v.decodeDict(pairs, want.Elem())
		if err != nil {
			return value, err
		}
		made := reflect.New(want.Elem())
		made.Elem().Set(value)
		return made, nil
	case reflect.Struct:
		return v.decodeStruct(pairs, want)
	case reflect.Interface:
		want = natural(pairs)
	case reflect.Map:
	default:
		return reflect.Value{}, wrongType{fmt.Sprintf("a dict is no %s", want)}
	}
	made := reflect.MakeMapWithSize(want, len(pairs))
	for _, pair := range pairs {
		key, err := v.key(pair.([]any)[0], want)
		if err != nil {
			return made, err
		}
		value, err := v.decode(pair.([]any)[1], want.Elem())
		if err != nil {
			return made, err
		}
		made.SetMapIndex(key, value)
	}
	return made, nil
}

func (v *values) decodeStruct(pairs []any, want reflect.Type) (reflect.Value, error) {
	made := reflect.New(want).Elem()
	for _, pair := range pairs {
		name, _ := pair.([]any)[0].(string)
		field, there := want.FieldByName(name)
		if !there || !field.IsExported() {
			return made, wrongType{fmt.Sprintf("%s has no field %q", want, name)}
		}
		value, err := v.decode(pair.([]any)[1], field.Type)
		if err != nil {
			return made, err
		}
		made.FieldByIndex(field.Index).Set(value)
	}
	return made, nil
}

func (v *values) key(wire any, of reflect.Type) (reflect.Value, error) {
	key, err := v.decode(wire, of.Key())
	if err == nil && !key.Comparable() {
		err = wrongType{"a key that cannot be compared"}
	}
	return key, err
}

func natural(pairs []any) reflect.Type {
	for _, pair := range pairs {
		if _, isText := pair.([]any)[0].(string); !isText {
			return reflect.TypeFor[map[any]any]()
		}
	}
	return reflect.TypeFor[map[string]any]()
}

// fitted returns a value as the type that is wanted: assigned as Go would, or converted where nothing is lost.
func fitted(value reflect.Value, want reflect.Type) (reflect.Value, error) {
	if value.Type().AssignableTo(want) {
		made := reflect.New(want).Elem()
		made.Set(value)
		return made, nil
	}
	if want.Kind() == reflect.Pointer && value.Kind() != reflect.Pointer {
		inner, err := fitted(value, want.Elem())
		if err != nil {
			return inner, err
		}
		made := reflect.New(want.Elem())
		made.Elem().Set(inner)
		return made, nil
	}
	alike := value.Kind() == want.Kind() || (value.CanFloat() && want.Kind() == reflect.Float32)
	if alike && value.Type().ConvertibleTo(want) {
		return value.Convert(want), nil
	}
	return value, wrongType{fmt.Sprintf("a %s is no %s", value.Type(), want)}
}

func fittedInt(whole *big.Int, want reflect.Type) (reflect.Value, error) {
	made := reflect.New(want).Elem()
	switch {
	case want == bigInt:
		return reflect.ValueOf(whole), nil
	case want == anything && whole.IsInt64():
		return reflect.ValueOf(int(whole.Int64())), nil
	case want == anything:
		return reflect.ValueOf(whole), nil
	case made.CanInt() && whole.IsInt64() && !made.OverflowInt(whole.Int64()):
		made.SetInt(whole.Int64())
		return made, nil
	case made.CanUint() && whole.IsUint64() && !made.OverflowUint(whole.Uint64()):
		made.SetUint(whole.Uint64())
		return made, nil
	case made.CanFloat():
		number, exact := new(big.Float).SetInt(whole).Float64()
		if exact == big.Exact {
			made.SetFloat(number)
			return made, nil
		}
	case want.Kind() == reflect.Pointer:
		return fittedPointer(whole, want)
	}
	return made, wrongType{fmt.Sprintf("%s is no %s", strings.TrimSpace(whole.String()), want)}
}

func fittedPointer(whole *big.Int, want reflect.Type) (reflect.Value, error) {
	inner, err := fittedInt(whole, want.Elem())
	if err != nil {
		return inner, err
	}
	made := reflect.New(want.Elem())
	made.Elem().Set(inner)
	return made, nil
}
