using System.Runtime.InteropServices;

namespace SaeDashboard.Sae.Training.Sparse;

/// <summary>The latents of a block's columns, column after column, in memory that grows with them.</summary>
internal sealed unsafe class LatentList(int columns) : IDisposable
{
    private int capacity;

    public int Count { get; private set; }

    /// <summary>[columns + 1]: where each column's latents begin.</summary>
    public int[] Starts { get; } = new int[columns + 1];

    /// <summary>[columns]: how many of a column's latents are active. They come first; the others are near their threshold.</summary>
    public int[] Active { get; } = new int[columns];

    /// <summary>Their numbers; among the active ones of a column, and among the others, ascending.</summary>
    public int* Numbers { get; private set; }

    /// <summary>p, which is f where active.</summary>
    public float* Values { get; private set; }

    /// <summary>∂L/∂f.</summary>
    public float* Deltas { get; private set; }

    public void Clear() => Count = 0;

    /// <summary>Drops what comes after the first so many.</summary>
    public void Truncate(int count) => Count = Math.Min(Count, count);

    public void Add(int number, float value)
    {
        if (Count == capacity)
            Grow();
        Numbers[Count] = number;
        Values[Count++] = value;
    }

    /// <summary>Ends a column, all of whose latents are active.</summary>
    public void EndColumn(int column) => EndColumn(column, Count - Starts[column]);

    /// <summary>Ends a column; the next one's latents follow.</summary>
    public void EndColumn(int column, int active)
    {
        Active[column] = active;
        Starts[column + 1] = Count;
    }

    /// <summary>Keeps of each of so many columns the latents that may stay, asked by their values in their order.</summary>
    public void Filter(int rows, Predicate<float> stays)
    {
        var (kept, from) = (0, 0);
        for (var column = 0; column < rows; column++)
        {
            var end = Starts[column + 1];
            var before = kept;
            for (var i = from; i < end; i++)
            {
                if (!stays(Values[i]))
                    continue;
                (Numbers[kept], Values[kept]) = (Numbers[i], Values[i]);
                kept++;
            }
            from = end;
            Starts[column + 1] = kept;
            Active[column] = kept - before;
        }
        Count = kept;
    }

    public void Dispose()
    {
        NativeMemory.Free(Numbers);
        NativeMemory.Free(Values);
        NativeMemory.Free(Deltas);
        Numbers = null;
        Values = Deltas = null;
        capacity = Count = 0;
    }

    private void Grow()
    {
        capacity = Math.Max(4096, checked(capacity * 2));
        var bytes = (nuint)capacity * sizeof(float);
        Numbers = (int*)NativeMemory.Realloc(Numbers, bytes);
        Values = (float*)NativeMemory.Realloc(Values, bytes);
        Deltas = (float*)NativeMemory.Realloc(Deltas, bytes);
    }
}
