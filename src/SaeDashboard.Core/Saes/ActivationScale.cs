namespace SaeDashboard.Core.Saes;

/// <summary>
/// The factor s by which SAELens multiplies activations while it trains with <c>expected_average_only_in</c>. A final SAE has it folded in; a
/// checkpoint of version 6 has it beside the weights.
/// </summary>
internal static class ActivationScale
{
    private const string FileName = "activation_scaler.json", Member = "scaling_factor";

    /// <summary>The factor that the weights have not taken in yet; null: there is none, or the folder does not hold it.</summary>
    /// <exception cref="UserException">The file holds no such factor.</exception>
    public static double? Of(string folder, SaeConfig config)
    {
        var path = Path.Combine(folder, FileName);
        if (config.NormalizeActivations != InputNormalization.ExpectedAverageOnlyIn || !File.Exists(path)) return null;
        var json = JsonMembers.Open(path);
        return json.NumberOrNone(Member) switch
        {
            null => null,
            > 0 and var factor => factor,
            _ => throw json.Wrong(Member, ", not a number above 0."),
        };
    }

    /// <summary>The SAE of x·s as one of x: W_enc·s, W_dec/s, b_dec/s; biases and thresholds of the latents stay.</summary>
    public static void Fold(Span<float> values, string tensor, double factor)
    {
        var by = tensor switch { "W_enc" => factor, "W_dec" or "b_dec" => 1 / factor, _ => 1 };
        foreach (ref var value in values) value = (float)(value * by);
    }
}
