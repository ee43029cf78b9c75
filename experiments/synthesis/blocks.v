// SPDX-License-Identifier: GPL-3.0-or-later
// Blocks of tests/rtl as a dense macro and FlexCiM have them, one a module.
module dense_cell(input clock, input [7:0] word, input [7:0] value,
                  output signed [16:0] product);
    cell_of_macro one(.clock(clock), .load(1'b1), .load_bank(1'b0),
        .load_word(word), .load_metadata(1'b0), .bank(1'b0), .enable(1'b1),
        .low(value), .high(value), .sign(1'b1), .product(product));
endmodule

module choosing_cell(input clock, input [7:0] word, input metadata,
                     input [7:0] low, input [7:0] high,
                     output signed [16:0] product);
    cell_of_macro one(.clock(clock), .load(1'b1), .load_bank(1'b0),
        .load_word(word), .load_metadata(metadata), .bank(1'b0), .enable(1'b1),
        .low(low), .high(high), .sign(1'b1), .product(product));
endmodule

module row_tree(input clock, input [32*16-1:0] in, output signed [20:0] out);
    adder_tree #(.INPUTS(32), .WIDTH(16), .SUM(21)) one(.clock(clock), .in(in),
        .out(out));
endmodule

// Of four sums of 21 bits: that of all, as the released RTL has it, or as a layer
// needs.
module column_merge(input clock, input [4*21-1:0] in, output [22:0] out);
    wire [4*23-1:0] all;
    assign out = all[22:0];
    adapting_merge one(.clock(clock), .mode(2'd2), .in(in), .out(all));
endmodule

module adapting_merge(input clock, input [1:0] mode, input [4*21-1:0] in,
                      output [4*23-1:0] out);
    wire [4*23-1:0] wide;
    genvar i;
    generate
        for (i = 0; i < 4; i = i + 1) begin : extended
            assign wide[i*23 +: 23] = {{2{in[i*21+20]}}, in[i*21 +: 21]};
        end
    endgenerate
    merge #(.P(4), .SUM(23)) one(.clock(clock), .mode({1'b0, mode}), .in(wide),
        .out(out));
endmodule

module row_distribution(input [4*4*16-1:0] pairs, input [7:0] select,
                        input [7:0] route, output [31:0] low,
                        output [31:0] high);
    distribution one(.pairs(pairs), .select(select), .route(route), .beat(1'b0),
        .low(low), .high(high));
endmodule
