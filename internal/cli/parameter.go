package cli

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"csrd/action"
)

// parameterValue is the value of an action's parameter as a flag.
type parameterValue struct {
	param action.Param
	json  json.RawMessage // nil where it was not given
}

// Type names the value in the help.
func (v *parameterValue) Type() string {
	if v.param.Type == action.Array || v.param.Type == action.Object {
		return "JSON"
	}
	return string(v.param.Type)
}

// String is the default that the help shows; the parameter's text has it.
func (v *parameterValue) String() string { return "" }

// Set reads a value as tccli does.
func (v *parameterValue) Set(text string) error {
	path, isFile := strings.CutPrefix(text, "file://")
	switch {
	case isFile:
		raw, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		text = string(raw)
		clear(raw)
		if v.param.Secret { // an editor's line end is no part of a password
			text = strings.TrimRight(text, "\r\n")
		}
	case v.param.Secret:
		return errors.New("others can see the arguments of a process: write it to a file and give file://PATH")
	}
	switch v.param.Type {
	case action.String:
		quoted, err := json.Marshal(text)
		v.json = quoted
		return err
	case action.Integer:
		n, err := strconv.ParseInt(strings.TrimSpace(text), 10, 64)
		if err != nil {
			return errors.New("it is an integer")
		}
		v.json = strconv.AppendInt(nil, n, 10)
	case action.Boolean:
		b, err := strconv.ParseBool(strings.ToLower(strings.TrimSpace(text)))
		if err != nil {
			return errors.New("it is true or false")
		}
		v.json = strconv.AppendBool(nil, b)
	default:
		if !json.Valid([]byte(text)) {
			return fmt.Errorf("it is JSON, an %s", v.param.Type)
		}
		v.json = json.RawMessage(text)
	}
	return nil
}
