using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace SaeDashboard.Contracts;

/// <summary>What a setting of <see cref="TrainConfig"/> means and what it may be.</summary>
/// <param name="label">As people name it, in lower case: "learning rate".</param>
/// <param name="meaning">What it is, for docs/training-settings.md.</param>
[AttributeUsage(AttributeTargets.Property)]
public sealed class TrainSettingAttribute(string label, string meaning) : Attribute
{
    public string Label { get; } = label;

    public string Meaning { get; } = meaning;

    /// <summary>What its number counts, where the label does not say it: "columns a step".</summary>
    public string? Unit { get; init; }

    /// <summary>One plain line below the field of a form; null: the meaning says it as plainly.</summary>
    public string? Hint { get; init; }

    /// <summary>The smallest value that it may have; NaN: there is none.</summary>
    public double Min { get; init; } = double.NaN;

    /// <summary>Why that is the smallest.</summary>
    public string? MinNote { get; init; }

    /// <summary>It must be larger than this.</summary>
    public double Above { get; init; } = double.NaN;

    /// <summary>The largest value that it may have.</summary>
    public double Max { get; init; } = double.NaN;

    /// <summary>It must be smaller than this.</summary>
    public double Below { get; init; } = double.NaN;

    /// <summary>What it counts, for the text of its limits: "columns".</summary>
    public string? Counts { get; init; }

    /// <summary>Whether a run that begins with another's checkpoint must have the other's value.</summary>
    public bool FixedInFork { get; init; }

    /// <summary>Whether it changes only how a run is watched or how fast it goes: a resumed run may have another value.</summary>
    public bool MayChangeOnResume { get; init; }
}

/// <summary>One setting of <see cref="TrainConfig"/>: the name that files give it, and what its attribute states.</summary>
public sealed class TrainSetting
{
    private readonly TrainSettingAttribute stated;
    private readonly PropertyInfo property;

    private TrainSetting(PropertyInfo property)
    {
        this.property = property;
        stated = property.GetCustomAttribute<TrainSettingAttribute>()
            ?? throw new InvalidOperationException($"{nameof(TrainConfig)}.{property.Name} has no {nameof(TrainSettingAttribute)}.");
        Name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
        Type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        IsNullable = Type != property.PropertyType;
    }

    /// <summary>All settings, in the order of the record.</summary>
    public static IReadOnlyList<TrainSetting> All { get; } =
        [.. typeof(TrainConfig).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(each => each.CanWrite).Select(each => new TrainSetting(each))];

    private static readonly Dictionary<string, TrainSetting> ByName = All.ToDictionary(setting => setting.Name);

    /// <summary>The setting that files write so ("learningRate"), or null.</summary>
    public static TrainSetting? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The setting of a property, by <c>nameof(TrainConfig.LearningRate)</c>.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public static TrainSetting Of(string property) =>
        All.FirstOrDefault(setting => setting.property.Name == property) ?? throw new ArgumentException($"{property} is not a training setting.", nameof(property));

    /// <summary>The property of <see cref="TrainConfig"/> that has its value: "LearningRate".</summary>
    public string Property => property.Name;

    /// <summary>As files write it: "learningRate".</summary>
    public string Name { get; }

    /// <summary>As people name it, in lower case: "learning rate".</summary>
    public string Label => stated.Label;

    /// <summary>As people name it, with what its number counts: "batch, columns a step".</summary>
    public string LabelWithUnit => stated.Unit is null ? Label : $"{Label}, {stated.Unit}";

    /// <summary>What it is, for the documentation.</summary>
    public string Meaning => stated.Meaning;

    /// <summary>One plain line below the field of a form.</summary>
    public string Hint => stated.Hint ?? Meaning;

    public bool FixedInFork => stated.FixedInFork;

    public bool MayChangeOnResume => stated.MayChangeOnResume;

    /// <summary>The type of its value: int, long, double or an enumeration.</summary>
    public Type Type { get; }

    /// <summary>Whether it may be null: left to the trainer.</summary>
    public bool IsNullable { get; }

    public double Min => double.IsNaN(stated.Min) ? double.NegativeInfinity : stated.Min;

    public double Max => double.IsNaN(stated.Max) ? double.PositiveInfinity : stated.Max;

    /// <summary>What it must be, for a person: "from 2 to 1,048,576 columns", "one of sparse, autograd"; null: any value of its type.</summary>
    public string? Range => Type.IsEnum ? $"one of {string.Join(", ", Names)}" : NumberRange();

    /// <summary>Its type in messages: "a whole number, or null".</summary>
    public string TypeText => BareTypeText + (IsNullable ? ", or null" : "");

    /// <summary>The setting's value in a configuration.</summary>
    public object? Value(TrainConfig config) => property.GetValue(config);

    /// <summary>A configuration with another value of this setting.</summary>
    /// <param name="config">The others.</param>
    /// <param name="value">Of the setting's type, or null where it may be.</param>
    public TrainConfig With(TrainConfig config, object? value)
    {
        var changed = config with { };
        property.SetValue(changed, value);
        return changed;
    }

    /// <summary>The value as messages and files write it; null of null.</summary>
    public string? Text(TrainConfig config) => Value(config) switch
    {
        null => null,
        Enum name => EnumJson.Name(name),
        var number => Convert.ToString(number, CultureInfo.InvariantCulture),
    };

    /// <summary>Whether its value keeps to its own limits, whatever the other settings are.</summary>
    public bool Holds(TrainConfig config) => Value(config) switch
    {
        null => IsNullable,
        Enum name => Enum.IsDefined(Type, name),
        var number => Allows(Convert.ToDouble(number, CultureInfo.InvariantCulture)),
    };

    /// <summary>Whether a number is within its limits.</summary>
    public bool Allows(double value) =>
        double.IsFinite(value) && value >= Min && value <= Max && !(value <= stated.Above) && !(value >= stated.Below);

    internal string BareTypeText => Type.IsEnum ? $"one of {string.Join(", ", Names)}" : Type == typeof(double) ? "a number" : "a whole number";

    /// <summary>The names of an enumeration's values; empty of a number.</summary>
    public IEnumerable<string> Names => Type.IsEnum ? Enum.GetValues(Type).Cast<Enum>().Select(EnumJson.Name) : [];

    private string? NumberRange()
    {
        var (least, most) = (stated.Min, stated.Max);
        var share = Type == typeof(double) && least == 0 && most <= 1 ? "a share " : "";
        var counts = stated.Counts is { } noun ? $" {(double.IsNaN(most) && least == 1 ? noun.TrimEnd('s') : noun)}" : "";
        if (!double.IsNaN(stated.Above) && !double.IsNaN(stated.Below)) return $"between {Number(stated.Above)} and {Number(stated.Below)}";
        if (!double.IsNaN(stated.Above)) return $"above {Number(stated.Above)}" + (double.IsNaN(most) ? "" : $", at most {Number(most)}");
        if (double.IsNaN(least)) return null;
        var note = stated.MinNote is null ? "" : $" ({stated.MinNote})";
        if (!double.IsNaN(stated.Below)) return $"from {Number(least)}{note} to below {Number(stated.Below)}";
        if (!double.IsNaN(most)) return $"{share}from {Number(least)} to {Number(most)}{counts}";
        return least == 0 ? "0 or more" : $"at least {Number(least)}{counts}";
    }

    private static string Number(double value) =>
        value is < 1e-3 and > 0 ? value.ToString("0.0###e-0", CultureInfo.InvariantCulture) : value.ToString("#,0.###", CultureInfo.InvariantCulture);
}
