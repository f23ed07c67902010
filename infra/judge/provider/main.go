// A Terraform provider that has a schema and nothing else: what `validate` and a mocked `test` ask of a provider.
// It reads <executable>.json, as bindings.py writes it. Plans, applies and reads are refused.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

type attribute struct {
	Type                         json.RawMessage
	Nesting                      string
	Nested                       *block
	Computed, Optional, Required bool
}

type nestedBlock struct {
	Nesting  string
	Min, Max int64
	Block    block
}

type block struct {
	Attributes map[string]attribute
	Blocks     map[string]nestedBlock
}

type schemas struct {
	Provider    block
	Resources   map[string]block
	DataSources map[string]block `json:"data_sources"`
}

func (a attribute) schema(name string) *tfprotov6.SchemaAttribute {
	result := &tfprotov6.SchemaAttribute{Name: name, Computed: a.Computed, Optional: a.Optional, Required: a.Required}
	if a.Nested != nil {
		nesting := map[string]tfprotov6.SchemaObjectNestingMode{
			"single": tfprotov6.SchemaObjectNestingModeSingle, "map": tfprotov6.SchemaObjectNestingModeMap}[a.Nesting]
		result.NestedType = &tfprotov6.SchemaObject{Nesting: nesting, Attributes: a.Nested.flat()}
		return result
	}
	kind, err := tftypes.ParseJSONType(a.Type) //nolint:staticcheck // the one way in from JSON
	if err != nil {
		panic(fmt.Sprintf("%s: %s", name, err))
	}
	result.Type = kind
	return result
}

// Inside a nested attribute there are attributes only.
func (b block) flat() []*tfprotov6.SchemaAttribute {
	result := b.attributes()
	for name, each := range b.Blocks {
		nesting := map[string]tfprotov6.SchemaObjectNestingMode{
			"single": tfprotov6.SchemaObjectNestingModeSingle, "list": tfprotov6.SchemaObjectNestingModeList,
			"set": tfprotov6.SchemaObjectNestingModeSet}[each.Nesting]
		result = append(result, &tfprotov6.SchemaAttribute{Name: name, Optional: each.Min == 0, Required: each.Min > 0,
			NestedType: &tfprotov6.SchemaObject{Nesting: nesting, Attributes: each.Block.flat()}})
	}
	return result
}

func (b block) attributes() []*tfprotov6.SchemaAttribute {
	result := []*tfprotov6.SchemaAttribute{}
	for name, each := range b.Attributes {
		result = append(result, each.schema(name))
	}
	return result
}

func (b block) schema() *tfprotov6.SchemaBlock {
	result := &tfprotov6.SchemaBlock{Attributes: b.attributes()}
	for name, each := range b.Blocks {
		nesting := map[string]tfprotov6.SchemaNestedBlockNestingMode{
			"single": tfprotov6.SchemaNestedBlockNestingModeSingle, "list": tfprotov6.SchemaNestedBlockNestingModeList,
			"set": tfprotov6.SchemaNestedBlockNestingModeSet}[each.Nesting]
		result.BlockTypes = append(result.BlockTypes, &tfprotov6.SchemaNestedBlock{
			TypeName: name, Nesting: nesting, MinItems: each.Min, MaxItems: each.Max, Block: each.Block.schema()})
	}
	return result
}

func all(blocks map[string]block) map[string]*tfprotov6.Schema {
	result := map[string]*tfprotov6.Schema{}
	for name, each := range blocks {
		result[name] = &tfprotov6.Schema{Block: each.schema()}
	}
	return result
}

// What core does not ask for in these commands stays unimplemented: the embedded interface is nil.
type server struct {
	tfprotov6.ProviderServer
	known schemas
}

func refusal(what string) []*tfprotov6.Diagnostic {
	return []*tfprotov6.Diagnostic{{Severity: tfprotov6.DiagnosticSeverityError, Summary: what + " needs the real provider"}}
}

func (s server) GetMetadata(context.Context, *tfprotov6.GetMetadataRequest) (*tfprotov6.GetMetadataResponse, error) {
	result := &tfprotov6.GetMetadataResponse{ServerCapabilities: &tfprotov6.ServerCapabilities{}}
	for name := range s.known.Resources {
		result.Resources = append(result.Resources, tfprotov6.ResourceMetadata{TypeName: name})
	}
	for name := range s.known.DataSources {
		result.DataSources = append(result.DataSources, tfprotov6.DataSourceMetadata{TypeName: name})
	}
	return result, nil
}

func (s server) GetProviderSchema(context.Context, *tfprotov6.GetProviderSchemaRequest) (*tfprotov6.GetProviderSchemaResponse, error) {
	return &tfprotov6.GetProviderSchemaResponse{
		ServerCapabilities: &tfprotov6.ServerCapabilities{},
		Provider:           &tfprotov6.Schema{Block: s.known.Provider.schema()},
		ResourceSchemas:    all(s.known.Resources),
		DataSourceSchemas:  all(s.known.DataSources),
	}, nil
}

func (s server) GetResourceIdentitySchemas(context.Context, *tfprotov6.GetResourceIdentitySchemasRequest) (*tfprotov6.GetResourceIdentitySchemasResponse, error) {
	return &tfprotov6.GetResourceIdentitySchemasResponse{}, nil
}

func (s server) ValidateProviderConfig(_ context.Context, request *tfprotov6.ValidateProviderConfigRequest) (*tfprotov6.ValidateProviderConfigResponse, error) {
	return &tfprotov6.ValidateProviderConfigResponse{PreparedConfig: request.Config}, nil
}

func (s server) ValidateResourceConfig(_ context.Context, request *tfprotov6.ValidateResourceConfigRequest) (*tfprotov6.ValidateResourceConfigResponse, error) {
	problems := misplaced(s.known.Resources[request.TypeName], request.Config)
	return &tfprotov6.ValidateResourceConfigResponse{Diagnostics: problems}, nil
}

func (s server) ValidateDataResourceConfig(_ context.Context, request *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	problems := misplaced(s.known.DataSources[request.TypeName], request.Config)
	return &tfprotov6.ValidateDataResourceConfigResponse{Diagnostics: problems}, nil
}

// Values for what only the provider can know; core leaves this check to providers.
func misplaced(known block, config *tfprotov6.DynamicValue) []*tfprotov6.Diagnostic {
	schema := tfprotov6.Schema{Block: known.schema()}
	value, err := config.Unmarshal(schema.ValueType())
	if err != nil {
		return refusal(err.Error())
	}
	given := map[string]tftypes.Value{}
	if err := value.As(&given); err != nil {
		return refusal(err.Error())
	}
	problems := []*tfprotov6.Diagnostic{}
	for name, each := range known.Attributes {
		if each.Computed && !each.Optional && !given[name].IsNull() {
			problems = append(problems, &tfprotov6.Diagnostic{
				Severity:  tfprotov6.DiagnosticSeverityError,
				Summary:   fmt.Sprintf("Value for unconfigurable attribute %q", name),
				Attribute: tftypes.NewAttributePath().WithAttributeName(name),
			})
		}
	}
	return problems
}

func (s server) UpgradeResourceState(context.Context, *tfprotov6.UpgradeResourceStateRequest) (*tfprotov6.UpgradeResourceStateResponse, error) {
	return &tfprotov6.UpgradeResourceStateResponse{Diagnostics: refusal("state")}, nil
}

func (s server) ConfigureProvider(context.Context, *tfprotov6.ConfigureProviderRequest) (*tfprotov6.ConfigureProviderResponse, error) {
	return &tfprotov6.ConfigureProviderResponse{}, nil
}

func (s server) ReadResource(context.Context, *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	return &tfprotov6.ReadResourceResponse{Diagnostics: refusal("read")}, nil
}

func (s server) PlanResourceChange(context.Context, *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	return &tfprotov6.PlanResourceChangeResponse{Diagnostics: refusal("plan")}, nil
}

func (s server) ApplyResourceChange(context.Context, *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	return &tfprotov6.ApplyResourceChangeResponse{Diagnostics: refusal("apply")}, nil
}

func (s server) ReadDataSource(context.Context, *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	return &tfprotov6.ReadDataSourceResponse{Diagnostics: refusal("a data source")}, nil
}

func (s server) StopProvider(context.Context, *tfprotov6.StopProviderRequest) (*tfprotov6.StopProviderResponse, error) {
	return &tfprotov6.StopProviderResponse{}, nil
}

func main() {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	text, err := os.ReadFile(path + ".json")
	if err != nil {
		panic(err)
	}
	provider := server{}
	if err := json.Unmarshal(text, &provider.known); err != nil {
		panic(err)
	}
	if err := tf6server.Serve("registry.terraform.io/judge/schema", func() tfprotov6.ProviderServer { return provider }); err != nil {
		panic(err)
	}
}
