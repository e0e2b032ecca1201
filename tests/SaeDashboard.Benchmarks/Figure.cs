using System.Text.Json;

namespace SaeDashboard.Benchmarks;

/// <summary>One number with what it measures and its unit.</summary>
internal sealed record Figure(string Name, double Value, string Unit)
{
    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    internal string ToJson() => JsonSerializer.Serialize(this, Json);

    public override string ToString() => FormattableString.Invariant($"{Name,-44} {Value,10:0.##} {Unit}");
}
