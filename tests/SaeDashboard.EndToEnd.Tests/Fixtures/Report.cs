namespace SaeDashboard.EndToEnd.Tests.Fixtures;

/// <summary>Figures worth keeping, printed with the test and gathered in the file that SAE_FIGURES names.</summary>
internal static class Report
{
    /// <summary>Whether seconds are judged (SAE_STRICT=1, scripts/check.sh): only on a machine that does nothing else.</summary>
    public static bool Strict => Environment.GetEnvironmentVariable("SAE_STRICT") == "1";

    /// <summary>Notes a figure.</summary>
    public static void Figure(string what, FormattableString value)
    {
        var line = $"{what}: {FormattableString.Invariant(value)}";
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        if (Environment.GetEnvironmentVariable("SAE_FIGURES") is { Length: > 0 } file) File.AppendAllText(file, line + Environment.NewLine);
    }
}
