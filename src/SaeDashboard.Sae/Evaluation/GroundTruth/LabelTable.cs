namespace SaeDashboard.Sae.Evaluation.GroundTruth;

/// <summary>The labels of several concepts over units (clips, seconds or frames): two bits a concept and unit.</summary>
internal sealed class LabelTable
{
    private const int Bits = 64;
    private readonly ulong[] positive;
    private readonly ulong[] leftOut;

    /// <summary>All units left out until <see cref="Set"/> says otherwise.</summary>
    public LabelTable(int units, int concepts)
    {
        (Units, Concepts) = (units, concepts);
        Words = (concepts + Bits - 1) / Bits;
        positive = new ulong[(long)units * Words];
        leftOut = new ulong[(long)units * Words];
        Array.Fill(leftOut, ulong.MaxValue);
    }

    public int Units { get; }

    public int Concepts { get; }

    /// <summary>Words of 64 concepts a unit.</summary>
    public int Words { get; }

    /// <summary>Concept 64·word + i is positive at the unit when bit i is set.</summary>
    public ulong PositiveWord(int unit, int word) => positive[unit * Words + word];

    /// <summary>Concept 64·word + i is left out at the unit when bit i is set.</summary>
    public ulong LeftOutWord(int unit, int word) => leftOut[unit * Words + word];

    public void Set(int unit, int concept, sbyte label)
    {
        var at = unit * Words + concept / Bits;
        var bit = 1UL << (concept % Bits);
        positive[at] &= ~bit;
        leftOut[at] &= ~bit;
        if (label == FrameLabels.Positive) positive[at] |= bit;
        if (label == FrameLabels.LeftOut) leftOut[at] |= bit;
    }

    public sbyte Get(int unit, int concept)
    {
        var at = unit * Words + concept / Bits;
        var bit = 1UL << (concept % Bits);
        return (positive[at] & bit) != 0 ? FrameLabels.Positive : (leftOut[at] & bit) != 0 ? FrameLabels.LeftOut : FrameLabels.Negative;
    }

    /// <summary>One concept's label of every unit.</summary>
    public sbyte[] Of(int concept)
    {
        var labels = new sbyte[Units];
        for (var unit = 0; unit < Units; unit++) labels[unit] = Get(unit, concept);
        return labels;
    }
}
