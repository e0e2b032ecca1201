using System.Globalization;
using System.Text;

namespace SaeDashboard.Worker.SelfTest;

/// <summary>The checks as a person reads them.</summary>
internal static class CheckTable
{
    public static string Of(IReadOnlyList<CheckResult> results)
    {
        var model = Math.Max("model".Length, results.Max(result => result.Model.Length));
        var name = Math.Max("check".Length, results.Max(result => result.Name.Length));
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{"model".PadRight(model)}  {"check".PadRight(name)}  {"error",9}  {"at most",9}\n");
        foreach (var result in results)
        {
            text.Append(CultureInfo.InvariantCulture, $"{result.Model.PadRight(model)}  {result.Name.PadRight(name)}  {Number(result.Error),9}  {Number(result.Tolerance),9}")
                .Append(CultureInfo.InvariantCulture, $"  {result.Unit,-8}  {(result.Passed ? "ok" : "FAILED")}{(result.Problem is { } problem ? ": " + problem : "")}\n");
        }
        return text.ToString();
    }

    private static string Number(double? value) => value switch
    {
        null => "–",
        { } number when number == Math.Floor(number) => number.ToString("F0", CultureInfo.InvariantCulture),
        { } number => number.ToString("0.0e+0", CultureInfo.InvariantCulture),
    };
}
