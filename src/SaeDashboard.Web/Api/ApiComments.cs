using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Xml.Linq;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;
using SaeDashboard.Core;
using SaeDashboard.Core.Files;

namespace SaeDashboard.Web.Api;

/// <summary>
/// Takes the descriptions of types and fields from the docstrings, which the compiler writes next to each program: what a field means is said once.
/// A value in an <c>example</c> element becomes the field's example.
/// </summary>
internal sealed class ApiComments
{
    private const int MaxBytes = 16 << 20;

    // Where the package keeps what a reference says of itself besides what it refers to.
    private const string SchemaId = "x-schema-id", ReferenceDescription = "x-ref-description";

    private readonly Dictionary<string, XElement> members = new(StringComparer.Ordinal);

    /// <param name="assemblies">The programs whose types are in the document.</param>
    public ApiComments(params IEnumerable<Assembly> assemblies)
    {
        foreach (var assembly in assemblies)
        {
            try
            {
                var file = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
                if (!File.Exists(file)) continue;
                foreach (var member in XDocument.Parse(System.Text.Encoding.UTF8.GetString(WholeFile.Read(file, MaxBytes))).Descendants("member")) members[member.Attribute("name")!.Value] = member;
            }
            catch (Exception error) when (error is UserException or System.Xml.XmlException)
            {
                // The document is right without descriptions; a test of the build notices that they are missing.
            }
        }
    }

    /// <summary>Describes a schema.</summary>
    public Task DescribeAsync(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellation)
    {
        if (context.JsonPropertyInfo is not { } property)
        {
            if (Find("T:", context.JsonTypeInfo.Type)?.Element("summary") is { } summary) schema.Description = Text(summary);
            return Task.CompletedTask;
        }
        if (property.AttributeProvider is not MemberInfo { DeclaringType: { } owner } member || Field(owner, member.Name) is not { } said) return Task.CompletedTask;
        if (schema.Metadata is { } metadata && metadata.TryGetValue(SchemaId, out var id) && id is string { Length: > 0 })
        {
            metadata[ReferenceDescription] = Text(said);
            return Task.CompletedTask;
        }
        schema.Description = Text(said);
        if (said.Element("example") is { } example) schema.Examples = [Value(example.Value)];
        return Task.CompletedTask;
    }

    /// <summary>What is said of a property: at itself, or at the record's parameter of its name.</summary>
    private XElement? Field(Type owner, string name) =>
        Find("P:", owner, "." + name)?.Element("summary") ?? Find("T:", owner)?.Elements("param").FirstOrDefault(each => each.Attribute("name")?.Value == name);

    private XElement? Find(string kind, Type type, string rest = "")
    {
        if (type.IsGenericType) type = type.GetGenericTypeDefinition();
        return type.FullName is { } name ? members.GetValueOrDefault(kind + name.Replace('+', '.') + rest) : null;
    }

    private static string Text(XElement said)
    {
        var words = said.Nodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement { Name.LocalName: "example" } => "",
            XElement { Name.LocalName: "see" } see => see.Attribute("cref")?.Value.Split('.', ':')[^1] ?? "",
            XElement element => element.Value,
            _ => "",
        });
        return string.Join(' ', string.Concat(words).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
    }

    private static JsonNode Value(string text)
    {
        try
        {
            return JsonNode.Parse(text) ?? JsonValue.Create(text);
        }
        catch (JsonException)
        {
            return JsonValue.Create(text);
        }
    }
}
