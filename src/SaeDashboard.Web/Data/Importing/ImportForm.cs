using System.Globalization;
using SaeDashboard.Core;

namespace SaeDashboard.Web.Data.Importing;

/// <summary>Reads the numbers that a person typed for an import.</summary>
internal static class ImportForm
{
    /// <summary>The plan with the numbers; an empty text leaves the default.</summary>
    /// <exception cref="UserException">One cannot be read.</exception>
    public static ImportPlan Complete(ImportPlan plan, string? seconds, string? min, string? shares, string? seed)
    {
        if (Number(seconds, "The clip length") is { } length) plan = plan with { Seconds = length };
        if (Number(min, "The shortest clip") is { } least) plan = plan with { MinSeconds = least };
        if (!string.IsNullOrWhiteSpace(shares))
        {
            var parts = shares.Split(',').Select(part => double.TryParse(part, NumberStyles.Float, CultureInfo.InvariantCulture, out var share) ? share : double.NaN).ToArray();
            if (parts is not [var train, var select, var test] || new ImportShares(train, select, test) is not { Problem: null } read)
                throw new UserException($"The shares are “{shares}”: write three numbers with commas between them, such as 80, 10, 10; the first is above 0.");
            plan = plan with { Shares = read };
        }
        if (!string.IsNullOrWhiteSpace(seed)) plan = plan with { Seed = long.TryParse(seed, NumberStyles.Integer, CultureInfo.InvariantCulture, out var value) ? value : throw new UserException($"The seed is “{seed}”: write a whole number.") };
        return plan;
    }

    private static double? Number(string? text, string what) => string.IsNullOrWhiteSpace(text) ? null
        : double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && value > 0 && double.IsFinite(value) ? value
        : throw new UserException($"{what} is “{text}”: write a number of seconds above 0, with a decimal point.");
}
