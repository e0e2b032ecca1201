using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using Scalar.AspNetCore;

namespace SaeDashboard.Web.Api;

/// <summary>What the OpenAPI document says beyond the endpoints' own metadata, and how its page is shown.</summary>
internal static class ApiDocument
{
    private const string Introduction = """
        Everything the pages of this site show, for notebooks and scripts. The page [Use it from a notebook](/notebook) has lines to begin with.

        **Lists** come in parts: `limit` and `offset` say which, `next` is the address of the next part and null at the end. Offsets count in the list as it
        is at the moment of the request.

        **Errors** are problem details (RFC 9457, `application/problem+json`): `detail` says what is wrong and what to do. A query parameter that is unknown or
        has a value that is not allowed is an error, and `errors` names each. 503 with `Retry-After` means that something is still being read.

        **Units** are in the descriptions: seconds, columns, frames (the codec's), and shares from 0 to 1. Column *c* sounds as frame *c* − 1; column 0 is the
        start symbol. A number that is not known, or not finite, is null.

        **Writing** needs no key on the machine the site runs on. A request that another site's page sends (its `Origin` is another) is refused with 403.
        """;

    private static readonly Dictionary<string, (string Description, string Example)> RouteParameters = new(StringComparer.Ordinal)
    {
        ["sae"] = ("The SAE's id, as /api/v1/saes lists it.", "demo"),
        ["index"] = ("The feature: its place in the SAE's dictionary, from 0.", "1337"),
        ["rank"] = ("The clip's number among the feature's clips: top clips by their rank, from 0; example clips after them.", "0"),
        ["revision"] = ("The number of a label's revision.", "12"),
        ["comment"] = ("The comment's id.", "comment-20261130-101502-x7k2"),
        ["queue"] = ("The queue's id, as /api/v1/queues lists it.", "queue-20261130-101502-x7k2"),
        ["batch"] = ("The labelling batch's id, as /api/v1/labelling/batches lists it.", "batch-20261130-101502-x7k2"),
        ["feature"] = ("The item: a feature of the queue.", "1337"),
        ["annotation"] = ("The annotation's id: a UUID in lower case, which the sender makes.", "3f2b8c1e-9d4a-4f6b-8a52-0c1d2e3f4a5b"),
        ["dataset"] = ("The dataset's id, as /api/v1/datasets lists it.", "demo"),
        ["row"] = ("The clip's row in the dataset, from 0.", "0"),
        ["model"] = ("The model's id, as /api/v1/models lists it.", "demo"),
        ["run"] = ("The run's id, as /api/v1/runs lists it.", "run-20261130-101502-x7k2"),
        ["sound"] = ("The id of a sound that was brought.", "sound-20261130-101502-x7k2"),
        ["key"] = ("Which sound, as the address of the page Search by sound names it.", "clip-12"),
        ["preset"] = ("The preset's id, as /api/v1/presets lists it.", "preset-20261130-101502-x7k2"),
        ["job"] = ("The job's number.", "3"),
        ["word"] = ("The random word in a link to a preset.", "abcdefghijklmnopqrstuvwxyz234567"),
        ["number"] = ("The revision's number; the first is 1.", "1"),
        ["take"] = ("The take's id, as /api/v1/takes lists it.", "take-20261130-101502-x7k2"),
        ["test"] = ("The blind test's id, as beginning it answers.", "abx-20261130-101502-x7k2"),
        ["trial"] = ("The trial, counted from 0.", "0"),
        ["part"] = ("Which of the trial's sounds: a, b or x.", "x"),
        ["arm"] = ("Of a take: A, the baseline, or C, the steered one. Of a preset: baseline or steered.", "A"),
    };

    /// <summary>The document's options.</summary>
    public static void Describe(OpenApiOptions options)
    {
        options.ShouldInclude = endpoint => endpoint.RelativePath?.StartsWith(ApiSetup.Root[1..] + "/", StringComparison.Ordinal) == true;
        var comments = new Lazy<ApiComments>(() => new ApiComments(typeof(ApiDocument).Assembly, typeof(JsonDefaults).Assembly, typeof(Core.UserException).Assembly));
        options.AddSchemaTransformer((schema, context, stop) => comments.Value.DescribeAsync(schema, context, stop));
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = "SaeDashboard", Version = ApiSetup.Version, Description = Introduction, License = new OpenApiLicense { Name = "MIT" } };
            // Addresses are of the site that served the document, whatever it is called from outside.
            document.Servers = [new OpenApiServer { Url = "/", Description = "This site" }];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            var metadata = context.Description.ActionDescriptor.EndpointMetadata;
            AddQuery(operation, metadata.OfType<ApiParameters>().LastOrDefault()?.All ?? []);
            foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>().Where(parameter => parameter.In == ParameterLocation.Path) ?? [])
            {
                var name = parameter.Name == "id" ? IdOf(context.Description.RelativePath!) : parameter.Name!;
                if (!RouteParameters.TryGetValue(name, out var said)) continue;
                parameter.Description = said.Description;
                parameter.Example = said.Example.All(char.IsAsciiDigit) ? JsonValue.Create(long.Parse(said.Example, CultureInfo.InvariantCulture)) : JsonValue.Create(said.Example);
            }
            return Task.CompletedTask;
        });
        options.AddOperationTransformer(async (operation, context, stop) =>
        {
            operation.Responses ??= [];
            if (context.Description.ActionDescriptor.EndpointMetadata.OfType<ApiBodyOf>().LastOrDefault() is { } body)
            {
                operation.RequestBody = new OpenApiRequestBody
                {
                    Required = true,
                    Content = new Dictionary<string, OpenApiMediaType> { [body.MediaType] = new() { Schema = await context.GetOrCreateSchemaAsync(body.Type, null, stop) } },
                };
            }
            // By reference: every list of errors would otherwise repeat it. It is in the document through the errors that endpoints name.
            var problem = new OpenApiSchemaReference(nameof(ProblemDetails), context.Document);
            // What an endpoint says of a status; the package takes over the type alone.
            foreach (var said in context.Description.ActionDescriptor.EndpointMetadata.OfType<ProducesResponseTypeMetadata>())
            {
                if (said.Description is { } description && operation.Responses.TryGetValue(said.StatusCode.ToString(CultureInfo.InvariantCulture), out var response)) response.Description = description;
            }
            foreach (var (status, meaning) in new[] { ("400", "A parameter or the body is not valid; the problem says which, and what is allowed."), ("403", "The request came from another site's page."), ("500", "A fault of the program; the site's log has the details.") })
            {
                if (operation.Responses.ContainsKey(status)) continue;
                operation.Responses[status] = new OpenApiResponse
                {
                    Description = meaning,
                    Content = new Dictionary<string, OpenApiMediaType> { ["application/problem+json"] = new() { Schema = problem } },
                };
            }
        });
    }

    /// <summary>The page's options: everything it loads comes from this site.</summary>
    public static void Show(ScalarOptions options)
    {
        options.Title = "API of SaeDashboard";
        options.OpenApiRoutePattern = "/api/{documentName}/openapi.json";
        options.AddDocument(ApiSetup.Version);
        options.DefaultFonts = false;
        options.HideClientButton = true;
        options.Telemetry = false;
        options.Agent = new ScalarAgentOptions { Disabled = true };
        options.Mcp = new ScalarMcpOptions { Disabled = true };
        options.ShowDeveloperTools = DeveloperToolsVisibility.Never;
    }

    /// <summary>The kind of thing that an {id} names.</summary>
    private static string IdOf(string path) => path.Contains("/presets/", StringComparison.Ordinal) ? "preset" : path.Contains("/sounds/", StringComparison.Ordinal) ? "sound" : path.Contains("/runs/", StringComparison.Ordinal) ? "run" : "id";

    private static void AddQuery(OpenApiOperation operation, IReadOnlyList<ApiParameter> parameters)
    {
        operation.Parameters ??= [];
        foreach (var parameter in parameters)
        {
            // An endpoint that binds it by itself is described by its type only.
            foreach (var bound in operation.Parameters.Where(each => each.In == ParameterLocation.Query && each.Name == parameter.Name).ToArray()) operation.Parameters.Remove(bound);
            operation.Parameters.Add(new OpenApiParameter
            {
                Name = parameter.Name,
                In = ParameterLocation.Query,
                Description = parameter.Description,
                Schema = SchemaOf(parameter),
                Example = parameter.Example is { } example ? ValueOf(parameter, example) : null,
            });
        }
    }

    private static OpenApiSchema SchemaOf(ApiParameter parameter)
    {
        var schema = new OpenApiSchema
        {
            Type = parameter.Kind switch
            {
                ApiValueKind.Whole => JsonSchemaType.Integer,
                ApiValueKind.Number => JsonSchemaType.Number,
                ApiValueKind.Flag => JsonSchemaType.Boolean,
                _ => JsonSchemaType.String,
            },
            Default = parameter.Default is { } value ? ValueOf(parameter, value) : null,
        };
        if (parameter.Words.Count > 0) schema.Enum = [.. parameter.Words.Select(word => (JsonNode)JsonValue.Create(word))];
        if (parameter.Kind == ApiValueKind.Text) schema.MaxLength = (int?)parameter.Most;
        if (parameter.Kind is not (ApiValueKind.Whole or ApiValueKind.Number)) return schema;
        schema.Minimum = parameter.Least?.ToString(CultureInfo.InvariantCulture);
        schema.Maximum = parameter.Most?.ToString(CultureInfo.InvariantCulture);
        return schema;
    }

    private static JsonValue ValueOf(ApiParameter parameter, string value) => parameter.Kind switch
    {
        ApiValueKind.Whole => JsonValue.Create(long.Parse(value, CultureInfo.InvariantCulture)),
        ApiValueKind.Number => JsonValue.Create(double.Parse(value, CultureInfo.InvariantCulture)),
        ApiValueKind.Flag => JsonValue.Create(value == "true"),
        _ => JsonValue.Create(value),
    };
}
