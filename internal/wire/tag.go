package wire

import "csrd/csr"

// Tag is a tag of a CSR as a parameter, or in a response.
type Tag struct {
	TagKey   string `api:"required" doc:"Key, at most 127 characters." zh:"标签键，最多 127 个字符。"`
	TagValue string `doc:"Value, at most 255 characters." zh:"标签值，最多 255 个字符。"`
}

// Tags returns the tags of a request.
func Tags(list []Tag) (tags []csr.Tag) {
	for _, t := range list {
		tags = append(tags, csr.Tag{Key: t.TagKey, Value: t.TagValue})
	}
	return tags
}

// TagsOf is [Tags] the other way, [] rather than null where there are none.
func TagsOf(tags []csr.Tag) []Tag {
	list := []Tag{}
	for _, t := range tags {
		list = append(list, Tag{TagKey: t.Key, TagValue: t.Value})
	}
	return list
}
