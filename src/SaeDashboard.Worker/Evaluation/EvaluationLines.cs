using System.Globalization;
using System.Text;

namespace SaeDashboard.Worker.Evaluation;

/// <summary>Lines of a name, a number and what it means, one under the other.</summary>
internal sealed class EvaluationLines
{
    private readonly StringBuilder text = new();

    /// <summary>A line of its own.</summary>
    public void Heading(FormattableString line) => text.AppendLine(FormattableString.Invariant(line));

    /// <summary>A number of four decimals; "–" where it is undefined.</summary>
    public void Number(string name, double? value, string meaning) => Line(name, value?.ToString("F4", CultureInfo.InvariantCulture) ?? "–", meaning);

    /// <summary>A number as it is written.</summary>
    public void Line(string name, string value, string meaning) => text.AppendLine(CultureInfo.InvariantCulture, $"{name,-24} {value,7}  {meaning}");

    /// <summary>A share of 1 in per cent.</summary>
    public void Share(string name, double? value, string meaning) =>
        text.AppendLine(CultureInfo.InvariantCulture, $"{name,-24} {(value is { } v ? (100 * v).ToString("F2", CultureInfo.InvariantCulture) : "–"),6} %  {meaning}");

    public override string ToString() => text.ToString().TrimEnd();
}
