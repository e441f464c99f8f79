package cli

import (
	"csrd/action"
	"csrd/csr"
	"csrd/internal/console"
	"csrd/internal/front"
)

// pages returns the pages for people's browsers; nil where there are to be none.
func (set *serveSetting) pages(algorithms csr.Algorithms) (front.Pages, error) {
	if !set.console {
		return nil, nil
	}
	var tables []console.Product
	for _, p := range products() {
		tables = append(tables, console.Product{Name: p.name, Version: p.version, Actions: p.specs})
	}
	metadata, err := console.NewMetadata(tables, algorithms).Document()
	if err != nil {
		return nil, err
	}
	description, err := openAPI()
	if err != nil {
		return nil, err
	}
	return console.New(metadata, console.Document{Path: "/openapi.json", Content: description})
}

// openAPI describes all that may be called.
func openAPI() ([]byte, error) {
	var tables []action.Documented
	for _, p := range products() {
		tables = append(tables, action.Documented{Product: p.name, Version: p.version, Specs: p.specs})
	}
	return action.OpenAPI(tables...)
}
